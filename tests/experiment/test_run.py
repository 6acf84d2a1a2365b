"""Experiments that run: each step behind walls, what is kept reused with a reason, everything recorded."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from running import ENRICH, Lab, reasons, statuses

from drawloom import errors
from drawloom.experiment import events


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.workspace.close()


def test_a_run_gives_tables_reasons_logs_and_walls(lab: Lab) -> None:
    run = lab.run()
    assert run.status == "ok"
    assert reasons(run, "ok") == dict.fromkeys(["pima", "clean", "split", "enrich", "manual"], "first run")
    assert run["clean"].dataset["age"].tolist() == [50, 31, 32]
    assert (run["split"].outputs["dataset1"].rows, run["split"].outputs["dataset2"].rows) == (1, 2)
    assert run["enrich"].table("dataset")["double"].tolist() == [
        2 * age for age in run["split"].table("dataset2")["age"]
    ]
    assert run["clean"].outputs["dataset"].schema == [
        {"name": "age", "type": "int64"},
        {"name": "risk", "type": "int64"},
    ]
    assert run["clean"].log["stdout"] == "kept 3\n"
    assert run["clean"].log["lines"] == [["stdout", "kept 3\n"]]
    assert run["clean"].walls["level"] >= 3
    assert run["split"].walls["level"] >= 3, "a built-in module runs behind walls too"
    assert run["clean"].timings["total_seconds"] > run["clean"].timings["work_seconds"] > 0
    assert run["clean"].peak_memory_bytes > 1024**2


def test_events_come_in_order_and_as_plain_values(lab: Lab) -> None:
    run = lab.run()
    assert isinstance(lab.told[0], events.Planned)
    assert lab.told[-1] == events.RunFinished(run.number, "ok")
    of_clean = [event for event in lab.told if getattr(event, "step", "") == "clean"]
    assert [type(event).__name__ for event in of_clean] == [
        "Queued", "Started", "LogLine", "OutputReady", "OutputReady", "Finished",
    ]  # fmt: skip
    assert of_clean[3].to_dict() == {
        "event": "output-ready",
        "step": "clean",
        "port": "dataset",
        "rows": 3,
        "columns": 2,
    }
    place = {(type(event).__name__, getattr(event, "step", "")): n for n, event in enumerate(lab.told)}
    assert place["Finished", "pima"] < place["Queued", "clean"]


def test_a_second_run_reuses_every_step_and_an_edited_line_runs_it_and_its_dependants(lab: Lab) -> None:
    first = lab.run()
    again = lab.run()
    assert reasons(again, "reused") == dict.fromkeys(first, "same as in run 1")
    assert [event.run for event in lab.of(events.Reused)] == [1] * 5
    assert again["clean"].dataset.equals(first["clean"].dataset)
    assert again["clean"].log["stdout"] == "kept 3\n", "what it printed when it ran"
    lab.edit("* 2", "* 3", "enrich.py")
    edited = lab.run()
    assert reasons(edited, "ok") == {"enrich": "line 2 of enrich.py changed"}
    lab.edit("> cutoff", ">= cutoff", "clean.py")
    edited = lab.run()
    changed = "line 2 of clean.py changed"
    assert reasons(edited, "ok") == {
        "clean": changed,
        "split": f"input `dataset` changed (because step clean ran again: {changed})",
        "enrich": f"input `dataset1` changed (because step clean, further up, ran again: {changed})",
    }
    lab.write("enrich.py", ENRICH)
    assert reasons(lab.run(to="enrich"), "reused").keys() >= {"clean", "split"}


def test_a_script_among_the_parameters_is_part_of_the_key(lab: Lab) -> None:
    lab.steps(
        'm: {module: enter-data-manually, params: {data: "x\\n1\\n"}}\n'
        's: {module: apply-sql-transformation, inputs: {t1: m}, params: {script: "select x + 1 x from t1"}}'
    )
    assert lab.run()["s"].dataset["x"].tolist() == [2]
    lab.edit("x + 1", "x + 5")
    run = lab.run()
    assert statuses(run) == {"m": "reused", "s": "ok"}
    assert run["s"].reason.startswith("parameter `script`")
    assert run["s"].dataset["x"].tolist() == [6]


def test_a_fully_cached_run_imports_no_tables_and_starts_no_sandbox(lab: Lab) -> None:
    lab.run()
    code = f"""if True:
        import sys, threading
        from drawloom import Experiment
        with Experiment.load({str(lab.file)!r}) as experiment:
            run = experiment.run()
        assert {{step.status for step in run.values()}} == {{"reused"}}, run
        assert not {{"pandas", "numpy", "pyarrow", "drawloom.sandbox.pool"}} & sys.modules.keys()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_what_the_target_needs_runs(lab: Lab) -> None:
    assert statuses(lab.run(to="clean")) == {"pima": "ok", "clean": "ok"}
    assert statuses(lab.run(only="split"))["split"] == "ok"
    lab.edit("fraction: 0.5", "fraction: 0.6")
    with pytest.raises(errors.InputError, match='"enrich" alone cannot run') as refused:
        lab.run(only="enrich")
    assert refused.value.code == "0003"
    assert lab.load().plan(to="enrich")["split"].runs


def test_fresh_runs_a_step_again_and_its_new_output_is_the_one_that_is_kept(lab: Lab) -> None:
    lab.steps(
        "random: {module: execute-python-script, script: random.py}\n"
        "after: {module: execute-python-script, script: enrich.py, inputs: {dataset1: random}}"
    )
    lab.write(
        "random.py",
        "import os\nimport pandas as pd\n\n\ndef azureml_main():\n"
        "    return pd.DataFrame({'age': [int.from_bytes(os.urandom(6))]})\n",
    )
    first = lab.run()
    fresh = lab.run(fresh=["random"])
    assert reasons(fresh, "ok")["random"] == "asked for with --fresh"
    assert first["random"].dataset["age"][0] != fresh["random"].dataset["age"][0]
    kept = lab.run()
    assert statuses(kept) == {"random": "reused", "after": "reused"}
    assert kept["random"].dataset.equals(fresh["random"].dataset)
    assert kept["after"].dataset["double"][0] == 2 * fresh["random"].dataset["age"][0]


def test_a_failed_step_leaves_the_independents_running_and_marks_its_dependants(lab: Lab) -> None:
    lab.edit("* 2", "/ missing", "enrich.py")
    lab.steps(
        "pima: {module: import-data, params: {path: data/pima.csv}}\n"
        "bad: {module: execute-python-script, script: enrich.py, inputs: {dataset1: pima}}\n"
        "next: {module: split-data, inputs: {dataset: bad}}\n"
        "last: {module: split-data, inputs: {dataset: next.dataset1}}\n"
        "good: {module: split-data, inputs: {dataset: pima}}"
    )
    run = lab.run()
    assert run.status == "failed"
    assert statuses(run) == {
        "pima": "ok", "bad": "failed", "next": "skipped", "last": "skipped", "good": "ok",
    }  # fmt: skip
    assert reasons(run, "skipped") == dict.fromkeys(["next", "last"], 'step "bad" failed')
    error = run["bad"].error
    assert isinstance(error, errors.ScriptError)
    assert (error.code, error.line) == ("0085", 2)
    assert error.message.startswith('Step "bad": ')
    assert "missing" in error.message
    assert "frame" in error.locals
    assert run.error is error
    assert [event.step for event in lab.of(events.Skipped)] == ["next", "last"]
    recorded = {step.name: step.status for step in lab.workspace.records.steps(run.number)}
    assert recorded == {
        "pima": "succeeded", "bad": "failed", "next": "skipped", "last": "skipped", "good": "succeeded",
    }  # fmt: skip
    assert lab.workspace.records.run(run.number).status == "failed"
    lab.write("enrich.py", ENRICH)
    assert reasons(lab.run(), "ok").keys() == {"bad", "next", "last"}


def test_an_error_names_the_step_the_port_the_column_and_the_remedy(lab: Lab) -> None:
    lab.steps(
        "pima: {module: import-data, params: {path: data/pima.csv}}\n"
        "log: {module: apply-math-operation, inputs: {dataset: pima}, params: "
        "{operation: Ln, columns: prize}}"
    )
    error = lab.run()["log"].error
    assert error is not None
    assert error.code == "0001"
    assert error.message.startswith('Step "log": ')
    assert "'dataset'" in error.message
    assert "'prize'" in error.message


def test_steps_run_side_by_side_and_no_more_than_there_are_cores(lab: Lab) -> None:
    lab.write(
        "sleep.py",
        "import time\nimport pandas as pd\n\n\ndef azureml_main(n: int):\n"
        "    begun = time.time()\n    time.sleep(0.4)\n"
        "    return pd.DataFrame({'begun': [begun], 'ended': [time.time()]})\n",
    )
    lab.steps(
        "\n".join(
            f"s{n}: {{module: execute-python-script, script: sleep.py, params: {{n: {n}}}}}" for n in range(3)
        )
    )
    spans = [step.dataset.iloc[0] for step in lab.run(cores=3).values()]
    assert max(span["begun"] for span in spans) < min(span["ended"] for span in spans)
    spans = [step.dataset.iloc[0] for step in lab.run(cores=1, fresh="everything").values()]
    spans.sort(key=lambda span: span["begun"])
    assert all(before["ended"] <= after["begun"] for before, after in itertools.pairwise(spans))
    lab.edit("params: {n: 0}", "memory: 3GB, params: {n: 0}")
    lab.edit("params: {n: 1}", "memory: 3GB, params: {n: 1}")
    run = lab.run(cores=3, fresh="everything", memory=4 * 1000**3)
    one, other = run["s0"].dataset.iloc[0], run["s1"].dataset.iloc[0]
    assert one["ended"] <= other["begun"], "both ask for more than half of the memory"


def test_the_seed_and_the_threads_reach_the_steps(lab: Lab) -> None:
    rows = "\\n".join(["x", *map(str, range(40))])
    lab.steps(
        f'many: {{module: enter-data-manually, params: {{data: "{rows}\\n"}}}}\n'
        "split: {module: split-data, inputs: {dataset: many}}"
    )
    first = lab.run()["split"].table("dataset1")["x"].tolist()
    again = lab.run(fresh="everything")["split"].table("dataset1")["x"].tolist()
    lab.edit("seed: 876", "seed: 877")
    other = lab.run()
    assert first == again
    assert other["split"].reason.startswith("seed 876 -> 877")
    assert other["split"].table("dataset1")["x"].tolist() != first


def test_bars_of_tqdm_become_progress(lab: Lab) -> None:
    lab.write(
        "bar.py",
        "import sys, time\n\n\ndef azureml_main():\n"
        "    for n in range(5):\n"
        "        sys.stderr.write(f'\\rfit: {n * 25:3d}%|{chr(9608) * n}    | {n}/4 [00:00<00:01]')\n"
        "        sys.stderr.flush()\n        time.sleep(0.02)\n"
        "    sys.stderr.write('\\n')\n    print('done', file=sys.stderr)\n    print('no newline', end='')\n",
    )
    lab.steps("bar: {module: execute-python-script, script: bar.py}")
    lab.run()
    fractions = [event.fraction for event in lab.of(events.Progress)]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1.0
    lines = [(event.stream, event.text) for event in lab.of(events.LogLine)]
    assert sorted(lines) == [("stderr", "done"), ("stdout", "no newline")]


def test_pictures_and_objects_are_kept_and_objects_travel_to_the_next_script(lab: Lab) -> None:
    lab.write(
        "fit.py",
        "import matplotlib.pyplot as plt\nimport pandas as pd\n\n\n"
        "def azureml_main(frame) -> tuple[pd.DataFrame, object]:\n"
        "    plt.plot([1, 2])\n    return frame, {'mean': frame['age'].mean()}\n",
    )
    lab.write("use.py", "def azureml_main(frame, model: object):\n    return {'mean': [model['mean']]}\n")
    lab.steps(
        "pima: {module: import-data, params: {path: data/pima.csv}}\n"
        "fit: {module: execute-python-script, script: fit.py, inputs: {dataset1: pima}}\n"
        "use: {module: execute-python-script, script: use.py, inputs: {dataset1: pima, model: fit.object}}"
    )
    names = [port.name for port in lab.load().plan().graph.boxes["fit"].ports.outputs]
    lab.edit("fit.object", f"fit.{names[1]}")
    run = lab.run()
    assert run.error is None
    ((_, kind, data),) = run["fit"].graphics
    assert kind == "png"
    assert data.startswith(b"\x89PNG")
    assert run["use"].dataset["mean"].tolist() == [33.5]
    assert "python" in run["fit"].outputs[names[1]].schema["versions"]
    again = lab.run()
    assert statuses(again) == dict.fromkeys(run, "reused")
    assert again["fit"].graphics == run["fit"].graphics


def test_a_bundle_reaches_its_script_and_its_content_is_part_of_the_key(lab: Lab) -> None:
    (lab.folder / "helpers").mkdir()
    lab.write("helpers/tools.py", "FACTOR = 2\n")
    lab.write(
        "use.py",
        "import tools\n\n\ndef azureml_main(frame):\n    frame['age'] *= tools.FACTOR\n    return frame\n",
    )
    lab.steps(
        "pima: {module: import-data, params: {path: data/pima.csv}}\n"
        "use: {module: execute-python-script, script: use.py, bundle: helpers, inputs: {dataset1: pima}}"
    )
    assert lab.run()["use"].dataset["age"].tolist() == [100, 62, 64, 42]
    lab.write("helpers/tools.py", "FACTOR = 10\n")
    run = lab.run()
    assert reasons(run, "ok") == {"use": "bundle file tools.py changed"}
    assert run["use"].dataset["age"][0] == 500
    os.symlink("/etc/hostname", lab.folder / "helpers/link")
    error = lab.run()["use"].error
    assert error is not None
    assert (error.code, '"link"' in error.message) == ("0150", True)


def test_what_leads_out_of_the_folder_is_refused_by_name(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text("x\n1\n")
    os.symlink(outside / "secret.csv", lab.folder / "data/link.csv")
    os.symlink(outside, lab.folder / "away")
    for params, named in (
        ("import-data, params: {path: /etc/shadow}", "/etc/shadow"),
        ("import-data, params: {path: ../x.csv}", "../x.csv"),
        ("import-data, params: {path: data/link.csv}", "data/link.csv"),
        ("execute-python-script, script: ../../x.py", "../../x.py"),
        ("export-data, inputs: {dataset: m}, params: {path: ../out.csv}", ".."),
        ("export-data, inputs: {dataset: m}, params: {path: away/out.csv}", "away"),
    ):
        lab.steps(
            'm: {module: enter-data-manually, params: {data: "x\\n1\\n"}}\n' + f"s: {{module: {params}}}"
        )
        with pytest.raises(errors.InputError) as refused:
            lab.run()
        assert named in str(refused.value)
    assert list(outside.iterdir()) == [outside / "secret.csv"]


def test_an_export_is_whole_never_outside_and_replaces_only_where_it_may(lab: Lab) -> None:
    lab.steps(
        'm: {module: enter-data-manually, params: {data: "x\\n1\\n"}}\n'
        "out: {module: export-data, inputs: {dataset: m}, params: {path: data/out.csv}}"
    )
    assert lab.run().status == "ok"
    assert (lab.folder / "data/out.csv").read_text().split() == ["x", "1"]
    error = lab.run()["out"].error
    assert error is not None
    assert (error.code, "data/out.csv" in error.message) == ("0057", True)
    lab.edit("out.csv", "out.csv, overwrite: true")
    lab.edit("1\\n", "2\\n")
    run = lab.run()
    assert run["out"].reason == "writes outside the workspace"
    assert (lab.folder / "data/out.csv").read_text().split() == ["x", "2"]
    (lab.folder / "data/out.csv").unlink()
    os.symlink("/tmp/elsewhere.csv", lab.folder / "data/out.csv")
    error = lab.run()["out"].error
    assert error is not None
    assert "link" in error.message
    assert sorted(path.name for path in (lab.folder / "data").iterdir()) == ["out.csv", "pima.csv"]


def test_a_file_that_changes_between_plan_and_run_is_noticed(lab: Lab) -> None:
    def change(event: events.Event) -> None:
        if isinstance(event, events.Planned):
            lab.write("data/pima.csv", "age,risk\n1,1\n")

    run = lab.load().run(on_event=change)
    error = run["pima"].error
    assert error is not None
    assert error.message == 'Step "pima": "data/pima.csv" changed while the experiment was running.'


def test_a_secret_reaches_the_step_and_nothing_that_is_kept(lab: Lab) -> None:
    lab.workspace.secrets.set("TOKEN", "hush-4711")
    lab.write(
        "use.py",
        "def azureml_main(token: str = ''):\n    print('it is', token)\n"
        "    return {'length': [len(token)]}\n",
    )
    lab.steps('use: {module: execute-python-script, script: use.py, params: {token: "${secret:TOKEN}"}}')
    run = lab.run()
    assert run["use"].dataset["length"].tolist() == [9]
    assert run["use"].log["stdout"] == "it is ***\n"
    assert [event.text for event in lab.of(events.LogLine)] == ["it is ***"]
    lab.write("use.py", "def azureml_main(token: str = ''):\n    raise ValueError(token)\n")
    error = lab.run()["use"].error
    assert error is not None
    assert "hush" not in str(error.to_dict())
    lab.workspace.close()
    kept = b"".join(path.read_bytes() for path in (lab.folder / ".drawloom").glob("records.db*"))
    assert b"hush-4711" not in kept


def test_a_dataset_of_the_workspace_is_a_step(lab: Lab) -> None:
    fd = os.dup(_table_of(lab))
    entry = lab.workspace.store.commit_content(fd, kind="table")
    os.close(fd)
    about = {"rows": 4, "columns": 2, "schema": [], "profile": {}, "preview": {}}
    lab.workspace.datasets.register("pima", entry, source="pima.csv", **about)
    lab.steps(
        "data: {module: dataset, params: {name: pima}}\n"
        "split: {module: split-data, inputs: {dataset: data}, params: {fraction: 0.5}}"
    )
    run = lab.run()
    assert run.error is None
    assert run["split"].outputs["dataset1"].rows == 2
    assert statuses(lab.run()) == {"data": "reused", "split": "reused"}


def _table_of(lab: Lab) -> int:
    lab.run(to="pima")
    return lab.run(to="pima")["pima"].open("dataset")


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve HTTP on this machine; gives host:port."""

    class Handler(BaseHTTPRequestHandler):
        do_GET = answer  # noqa: N815 - the name http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_url_is_fetched_from_configured_hosts_alone_and_anew_each_time(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        request.send_response(302 if request.path == "/away.csv" else 200)
        request.send_header("Location", "http://other/")
        request.end_headers()
        request.wfile.write(f"x\n{len(asked)}\n".encode())

    with serving(answer) as host:
        lab.steps(f"far: {{module: import-data, params: {{url: 'http://{host}/table.csv'}}}}")
        error = lab.run()["far"].error
        assert error is not None
        assert (error.code, f'"{host}"' in error.message, asked) == ("0048", True, [])
        monkeypatch.setenv("DRAWLOOM_URL_HOSTS", f"example.org, {host}")
        assert lab.run()["far"].dataset["x"].tolist() == [1]
        again = lab.run()
        assert again["far"].reason == "uses an outside source"
        assert again["far"].dataset["x"].tolist() == [2]
        lab.edit("table.csv'", "table.csv', refresh: once")
        assert lab.run()["far"].dataset["x"].tolist() == [3]
        assert statuses(lab.run()) == {"far": "reused"}
        lab.edit("/table.csv", "/away.csv")
        error = lab.run()["far"].error
        assert error is not None
        assert (error.code, "http://other/" in error.message) == ("0078", True)


def test_cancelling_ends_the_children_and_says_so(lab: Lab) -> None:
    lab.write("sleep.py", "import time\n\n\ndef azureml_main(frame):\n    time.sleep(60)\n")
    lab.steps(
        "pima: {module: import-data, params: {path: data/pima.csv}}\n"
        "long: {module: execute-python-script, script: sleep.py, inputs: {dataset1: pima}}\n"
        "next: {module: split-data, inputs: {dataset: long}}"
    )
    started = threading.Event()

    def hear(event: events.Event) -> None:
        lab.told.append(event)
        if isinstance(event, events.Started) and event.step == "long":
            started.set()

    async def cancel() -> None:
        task = asyncio.create_task(lab.load().run_async(on_event=hear))
        while not started.is_set():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    before = time.monotonic()
    asyncio.run(cancel())
    assert time.monotonic() - before < 20
    assert lab.told[-1] == events.RunFinished(1, "cancelled")
    assert lab.workspace.records.run(1).status == "cancelled"
    recorded = {step.name: step.status for step in lab.workspace.records.steps(1)}
    assert recorded == {"pima": "succeeded", "long": "cancelled", "next": "skipped"}
    lab.write("sleep.py", "def azureml_main(frame):\n    return frame\n")
    assert statuses(lab.run()) == {"pima": "reused", "long": "ok", "next": "ok"}


def test_the_synchronous_face_works_within_a_running_loop(lab: Lab) -> None:
    async def as_in_a_notebook() -> str:
        return lab.run(to="manual").status

    assert asyncio.run(as_in_a_notebook()) == "ok"


@pytest.mark.parametrize("how", ["cut", "replaced", "touched", "removed"])
def test_a_store_file_that_was_tampered_with_is_made_again(lab: Lab, how: str) -> None:
    first = lab.run(to="split")
    output = first["clean"].outputs["dataset"]
    assert output.entry is not None
    path = lab.workspace.store.path(output.entry.address)
    _tamper(path, how)
    lab.edit("fraction: 0.5", "fraction: 0.4")
    run = lab.run(to="split")
    assert statuses(run) == {"pima": "reused", "clean": "ok", "split": "ok"}
    assert run["clean"].reason.startswith("the stored output was changed on disk: its output 'dataset'")
    assert run["clean"].dataset.equals(lab.run(to="clean")["clean"].dataset)


@pytest.mark.parametrize("how", ["touched", "removed"])
def test_a_store_file_that_changes_after_the_plan_was_made_is_made_again(lab: Lab, how: str) -> None:
    first = lab.run(to="split")
    output = first["clean"].outputs["dataset"]
    assert output.entry is not None
    path = lab.workspace.store.path(output.entry.address)
    lab.edit("fraction: 0.5", "fraction: 0.4")

    def tamper(event: events.Event) -> None:
        if isinstance(event, events.Planned):
            _tamper(path, how)

    run = lab.load().run(on_event=tamper, to="split")
    assert statuses(run) == {"pima": "reused", "clean": "ok", "split": "ok"}
    assert "changed on disk" in run["clean"].reason
    recorded = {step.name: step.status for step in lab.workspace.records.steps(run.number)}
    assert recorded == {"pima": "reused", "clean": "succeeded", "split": "succeeded"}


def _tamper(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.chmod(0o644)
    if how == "cut":
        path.write_bytes(content[:-8])
    elif how == "touched":
        os.utime(path)
    else:
        path.unlink()
        if how == "replaced":
            path.write_bytes(content)
