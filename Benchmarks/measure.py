"""What the measuring scripts share: programs in turn, medians, ratios, a table."""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def program(variable, default):
    """The path in an environment variable, else the default; None when there is no such file."""
    path = os.environ.get(variable, default)
    return path if path and Path(path).exists() else None


def michat():
    """Our own program: MICHAT, or the release build."""
    path = program("MICHAT", str(ROOT / ".build/release/michat"))
    return path or sys.exit("no michat: set MICHAT or run scripts/setup")


def output(command, **surroundings):
    """Standard output of a command that must succeed."""
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **surroundings})
    if run.returncode:
        sys.exit(f"{command[0]} failed with {run.returncode}: {run.stderr[-500:]}")
    return run.stdout


class Figures:
    """Values by what was measured and by who was measured; the median of the rounds counts."""

    def __init__(self):
        self.values = {}
        self.smaller_is_better = set()

    def add(self, what, who, value, smaller_is_better=False):
        self.values.setdefault(what, {}).setdefault(who, []).append(value)
        if smaller_is_better:
            self.smaller_is_better.add(what)

    def table(self, ours="michat"):
        """Lines with medians, and how many times better ours is than each other."""
        names = [ours] + sorted({who for row in self.values.values() for who in row} - {ours})
        lines = [f"{'':28}" + "".join(f"{name:>14}" for name in names)
                 + "".join(f"{'x ' + name:>14}" for name in names[1:])]
        for what, row in self.values.items():
            medians = {who: statistics.median(values) for who, values in row.items()}
            line = f"{what:28}" + "".join(f"{medians[n]:14.2f}" if n in medians else f"{'-':>14}" for n in names)
            for name in names[1:]:
                if ours in medians and medians.get(name):
                    ratio = medians[ours] / medians[name]
                    ratio = 1 / ratio if what in self.smaller_is_better and ratio else ratio
                    line += f"{ratio:14.2f}"
                else:
                    line += f"{'-':>14}"
            lines.append(line)
        return lines

    def write(self, path):
        """All values, not only medians."""
        if path:
            Path(path).write_text(json.dumps(self.values, indent=1) + "\n")
