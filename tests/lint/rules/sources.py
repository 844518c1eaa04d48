"""What is in the tree and what builds it."""

import re

from claim import Claim
from tree import line_of


def check_generated(tree):
    return [f"{path}: generated files are made by the build and not kept"
            for path in sorted(tree.files) if re.search(r"\.pb-c\.[ch]$|_pb2\.py$|CMakeCache\.txt$|\.pyc$", path)]


def check_globs(tree):
    findings = []
    for path, text in tree.matching(r"(.*/)?CMakeLists\.txt|.*\.cmake"):
        for match in re.finditer(r"(?i)\bfile\s*\(\s*GLOB|aux_source_directory", text):
            findings.append(f"{path}:{line_of(text, match.start())}: sources are listed one by one")
    return findings


def check_built(tree):
    cmake = "\n".join(re.sub(r"#.*", "", text) for _, text in tree.matching(r"(.*/)?CMakeLists\.txt|.*\.cmake"))
    findings = []
    for path, _ in tree.matching(r"(common|services|tests)/.*\.c"):
        folder, _, name = path.rpartition("/")
        local = re.sub(r"#.*", "", tree.files.get(f"{folder}/CMakeLists.txt", ""))
        stem = re.sub(r"^(test|fuzz)_|\.c$", "", name)
        named = re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", local)
        by_function = re.search(rf"\badd_\w+\({re.escape(stem)}[\s)]", local)
        service_main = name == "main.c" and re.search(r"\badd_service\(", local)
        if not (named or by_function or service_main or f"/{path}" in cmake):
            findings.append(f"{path}: no CMakeLists.txt builds it")
    for path, _ in tree.matching(r"(common|services)/.*\.h"):
        if not any(f'"{path}"' in text for other, text in tree.files.items() if other.endswith((".c", ".h"))):
            findings.append(f"{path}: nobody includes it")
    return findings


# pkg-config's name of a library and the Debian package that brings it.
PACKAGES = {
    "cmocka": "libcmocka-dev",
    "jansson": "libjansson-dev",
    "libcyaml": "libcyaml-dev",
    "libczmq": "libczmq-dev",
    "libmicrohttpd": "libmicrohttpd-dev",
    "libprotobuf-c": "libprotobuf-c-dev",
    "libsodium": "libsodium-dev",
    "libxml-2.0": "libxml2-dev",
    "libzmq": "libzmq3-dev",
    "lmdb": "liblmdb-dev",
    "xlsxwriter": "libxlsxwriter-dev",
    "yaml-0.1": "libyaml-dev",
}


def check_packages(tree):
    installed = tree.files.get("deploy/install-deps", "")
    documented = tree.files.get("docs/architecture.md", "")
    findings = []
    for path, text in tree.matching(r"cmake/.*\.cmake"):
        for module in re.findall(r"pkg_check_modules\([^)]*?([\w.-]+)\)", text):
            package = PACKAGES.get(module)
            if package is None:
                findings.append(f"tests/lint/rules/sources.py: name the Debian package of {module} in PACKAGES")
            elif not re.search(rf"^{re.escape(package)}\s", installed, re.M):
                findings.append(f"deploy/install-deps: {package} is missing, {path} needs it")
            elif f"`{package}`" not in documented:
                findings.append(f"docs/architecture.md: the table of libraries does not say why {package}")
    return findings


CLAIMS = [
    Claim(
        "every_library_is_installed_by_install_deps_and_explained",
        "A clone on a bare machine builds, and says why it takes what it takes.",
        check_packages,
        bad=[
            {"cmake/dependencies.cmake": "pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)\n", "deploy/install-deps": "gcc x\n"},
            {"cmake/dependencies.cmake": "pkg_check_modules(A REQUIRED IMPORTED_TARGET unheard-of)\n"},
            {"cmake/dependencies.cmake": "pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)\n",
             "deploy/install-deps": "liblmdb-dev stores\n", "docs/architecture.md": "LMDB\n"},
        ],
        good=[{"cmake/dependencies.cmake": "pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)\n",
               "deploy/install-deps": "liblmdb-dev stores\n", "docs/architecture.md": "| LMDB | `liblmdb-dev` |\n"}],
    ),
    Claim(
        "generated_files_are_not_kept",
        "They are made at build time from their sources.",
        check_generated,
        bad=[{"proto/elp/v1/types.pb-c.c": ""}, {"tests/types_pb2.py": ""}],
        good=[{"proto/elp/v1/types.proto": ""}],
    ),
    Claim(
        "sources_are_listed_one_by_one",
        "A glob does not notice a file that came or went, and hides what belongs where.",
        check_globs,
        bad=[{"common/CMakeLists.txt": "file(GLOB sources *.c)\n"}],
        good=[{"common/CMakeLists.txt": "add_library(common STATIC\n  a.c\n)\n"}],
    ),
    Claim(
        "every_source_is_built_and_every_header_included",
        "A file that nothing builds or includes is dead.",
        check_built,
        bad=[{"common/CMakeLists.txt": "add_library(common STATIC\n  ab.c\n)\n", "common/b.c": ""},
             {"common/CMakeLists.txt": "add_library(common STATIC\n  # b.c\n)\n", "common/b.c": ""},
             {"common/a.h": ""}],
        good=[{"common/CMakeLists.txt": "add_library(common STATIC\n  b.c\n)\n", "common/b.c": '#include "common/b.h"\n',
               "common/b.h": "", "tests/unit/CMakeLists.txt": "add_unit_test(x LIBS common)\n", "tests/unit/test_x.c": ""}],
    ),
]
