"""To be started by torchrun, ``rank_program.py STEP PACK OUT``: the small matcher's run through the command line.

In torchrun's first attempt rank 1 is killed as it begins step number STEP. A rank that ends well notes what weights it
has.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from nurie.cli.main import main
from nurie.model.matcher import Matcher
from nurie.training import train_matcher
from nurie.training.checkpoints import fingerprint
from nurie.training.loop import LoopConfig, Task
from training.runs import LOOP, signalled
from training.synthetic import TINY_MATCHER

if __name__ == "__main__":
    step, pack, out = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    rank, dies = os.environ["RANK"], os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
    tasks, real = list[Task](), train_matcher.matcher_task

    def task(pack: Path, size: int, loop: LoopConfig) -> Task:
        tasks.append(real(pack, size, loop))
        return signalled(tasks[0], step, signal.SIGKILL) if rank == "1" and dies else tasks[0]

    names = ("steps", "batch", "warmup", "decay_from", "save_every", "log_every", "workers", "threads")
    flags = [word for name in names for word in (f"--{name.replace('_', '-')}", str(getattr(LOOP, name)))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_matcher, "Matcher", lambda: Matcher(TINY_MATCHER))
        patch.setattr(train_matcher, "matcher_task", task)
        code = main(["train", "matcher", "--pack", str(pack), "--out", str(out), "--size", "64", *flags])
    if code == 0:
        weights = {name: value.detach() for name, value in tasks[0].model.named_parameters()}
        (out / f"weights-of-rank-{rank}").write_text(fingerprint(weights))
    sys.exit(code)
