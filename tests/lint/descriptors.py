"""Descriptors of .proto texts, made by protoc."""

import os
import subprocess

from google.protobuf import descriptor_pb2

from materialise import on_disk


def compile_protos(files):
    """(descriptor set with source info, protoc's complaints) of a list of (path below the import folder, text)."""
    result = descriptor_pb2.FileDescriptorSet()
    with on_disk(files) as folder:
        out = os.path.join(folder, "out.binpb")
        run = subprocess.run(
            ["protoc", "-I", folder, "--include_imports", "--include_source_info", f"--descriptor_set_out={out}",
             *(path for path, _ in files)], capture_output=True, text=True, check=False)
        if run.returncode == 0:
            with open(out, "rb") as stream:
                result.ParseFromString(stream.read())
    return result, [line for line in run.stderr.split("\n") if line]


def messages_of(file):
    """(full name, descriptor, path in the source info) of every message of a file, nested ones too."""
    stack = [(f"{file.package}.{message.name}", message, (4, i)) for i, message in enumerate(file.message_type)]
    while stack:
        name, message, path = stack.pop(0)
        if not message.options.map_entry:
            yield name, message, path
        stack += [(f"{name}.{nested.name}", nested, path + (3, i)) for i, nested in enumerate(message.nested_type)]


def enums_of(file):
    for enum in file.enum_type:
        yield f"{file.package}.{enum.name}", enum
    for name, message, _ in messages_of(file):
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", enum
