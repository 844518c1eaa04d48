"""The claims, one module per family. To add one: a Claim in a module's CLAIMS and a line in tests/lint/CMakeLists.txt."""

from rules import calls, deployment, documents, format, layout, proto, sizes, sources, text, words

CLAIMS = [claim for module in (layout, calls, sizes, text, sources, words, proto, documents, deployment, format)
          for claim in module.CLAIMS]
