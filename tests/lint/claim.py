"""What a claim is."""

from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Claim:
    name: str  # of the test
    why: str  # one sentence for whoever broke it
    check: Callable  # Tree -> list of "path:line: what"
    bad: list = field(default_factory=list)  # trees that must be blamed
    good: list = field(default_factory=list)  # trees that must not
