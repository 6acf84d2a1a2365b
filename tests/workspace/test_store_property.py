"""Random lives of a store: whatever is committed, dropped, collected, harmed or lost with the machine."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from drawloom.workspace import Workspace, store, upkeep
from drawloom.workspace.runs import Output
from drawloom.workspace.store import TamperedError, output_address

from .work import content_of, import_content, key_of, put

STEPS = st.integers(0, 3)
CONTENT = st.binary(min_size=1, max_size=20)


class Life(RuleBasedStateMachine):
    """The model: what the last successful run of each experiment and each dataset must still be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="drawloom-life-"))
        self.real_boot, self.real_pause = store.boot_id, store._SETTLE_SECONDS
        self.boots = 0
        store._SETTLE_SECONDS = 3600  # the background thread would make the order of things a race
        self.workspace = Workspace.open(self.folder)
        self.named: dict[str, tuple[str, bytes]] = {}
        self.datasets: dict[str, bytes] = {}
        self.loose: dict[str, bytes] = {}
        self.unsynced: set[str] = set()

    @rule(experiment=st.sampled_from(["a.yaml", "b.yaml"]), step=STEPS, content=CONTENT)
    def run(self, experiment: str, step: int, content: bytes) -> None:
        records = self.workspace.records
        run = records.start_run(experiment, "", [])
        key = key_of(str(step))
        number = records.step_started(run, "s", module="m", key=key)
        entry = put(self.workspace, content, output_address(key, "dataset"))
        records.step_finished(number, [Output("dataset", "table", entry)])
        records.finish_run(run, "succeeded")
        self.named[experiment] = (entry.address, content)
        self.loose.pop(entry.address, None)
        self.unsynced.add(entry.address)

    @rule(name=st.sampled_from(["d", "e"]), content=CONTENT)
    def dataset(self, name: str, content: bytes) -> None:
        entry = import_content(self.workspace, content)
        self.workspace.datasets.register(
            name, entry, source="x", rows=1, columns=1, schema=[], profile={}, preview=[]
        )
        self.datasets[name] = content

    @rule(step=STEPS, content=CONTENT)
    def commit_without_a_record(self, step: int, content: bytes) -> None:
        entry = put(self.workspace, content, output_address(key_of(str(step)), "dataset"))
        self.loose[entry.address] = content
        self.unsynced.add(entry.address)

    @precondition(lambda self: self.loose)
    @rule(data=st.data(), harm=st.sampled_from(["drop", "gone", "cut"]))
    def harm(self, data: st.DataObject, harm: str) -> None:
        address = data.draw(st.sampled_from(sorted(self.loose)))
        path = self.workspace.store.path(address)
        if harm == "drop":
            self.workspace.store.drop(address)
        elif harm == "gone":
            path.unlink(missing_ok=True)
        elif path.exists():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes() + b"x")
        with suppress(TamperedError):
            assert content_of(self.workspace, address) is None
        self.loose.pop(address)

    @rule(max_bytes=st.integers(0, 60), dry_run=st.booleans())
    def collect(self, max_bytes: int, dry_run: bool) -> None:
        done = upkeep.collect(self.workspace.store, max_bytes=max_bytes, grace_seconds=-1, dry_run=dry_run)
        if not dry_run:
            assert self.workspace.store.usage() == (done.kept_entries, done.kept_bytes)
            self.loose = {
                address: content for address, content in self.loose.items() if self.is_kept(address)
            }

    @rule()
    def settle(self) -> None:
        self.workspace.store.settle()
        self.unsynced.clear()

    @rule(reboot=st.booleans())
    def reopen(self, reboot: bool) -> None:
        self.workspace.close()
        if reboot:
            self.boots += 1
            boot = f"boot {self.boots}"
            store.boot_id = lambda: boot
            self.loose = {key: value for key, value in self.loose.items() if key not in self.unsynced}
            self.named = {key: value for key, value in self.named.items() if value[0] not in self.unsynced}
            self.unsynced.clear()
        self.workspace = Workspace.open(self.folder)

    def is_kept(self, address: str) -> bool:
        return self.workspace.store.find(address) is not None

    @invariant()
    def nothing_named_is_ever_lost_or_changed(self) -> None:
        for address, content in (*self.named.values(), *self.loose.items()):
            assert content_of(self.workspace, address) == content
        for name, content in self.datasets.items():
            with open(self.workspace.datasets.open(name), "rb") as file:
                assert file.read() == content

    def teardown(self) -> None:
        store.boot_id, store._SETTLE_SECONDS = self.real_boot, self.real_pause
        self.workspace.close()
        shutil.rmtree(self.folder)


class TestLife(Life.TestCase):
    settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
