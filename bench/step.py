"""`python -m bench.step module:function ARGUMENTS`: what a process of its own runs."""

import json
import sys
from importlib import import_module
from pathlib import Path

KIB_A_MIB = 1024


def peak_mib() -> int:
    """The kernel's own note of this process image; getrusage would count the parent's too."""
    return resident_mib("self", "VmHWM")


def resident_mib(process: int | str, line: str = "VmRSS") -> int:
    """Memory a process holds, or held at most (VmHWM)."""
    for text in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if text.startswith(f"{line}:"):
            return int(text.split()[1]) // KIB_A_MIB
    message = f"no {line} of process {process}"
    raise LookupError(message)


def main(name: str, arguments: str) -> None:
    module, _, function = name.partition(":")
    found = getattr(import_module(module), function)(**json.loads(arguments)) or {}
    print(json.dumps({**found, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
