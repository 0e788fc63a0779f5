"""The project's workflow files, executed: by act, on this machine, against the sandbox.

How to write a scenario, in `test_WORKFLOW.py`, with `pytestmark = pytest.mark.slow`:
1. Ask for the fixture `hosted`, a `github.GitHub`: the repository on main, all stacks applied, nothing registered.
2. Bring about what is there before: `hosted.production.run("pipeline", ...)` is an administrator, `hosted.set(...)`
   says what GitHub has (`environments={...}`), `hosted.on(branch, {file: text})` is a pull request's checkout.
3. Run: `ran = hosted.run("retrain.yml", events.push())`. Other events are in `events`.
4. Assert on `ran.results == {...}`, all jobs of the file, always: a skipped job is green for act.
5. Then on what a person sees (`ran.summary`, `ran.annotations`, `ran.jobs["x"].log`, `hosted.state["issues"]`), on what
   actions were called with (`ran.called("actions/upload-artifact")`) and on what is true in the account, through
   `hosted.production` (`records()`, `live()`) or `hosted.production.account.client("sagemaker")`.
`hosted.planted(event, step, ...)` is a workflow of a scenario's own. `uv`, `gh`, `docker` and `pulumi` are on PATH; the
last one, where it is installed, with the sandbox's provider, which calls as the role of the step.
Filters of events are GitHub's: `starts.starts(workflow, event, changed)` says whether a workflow would run. A new
remote action needs its inputs in `inputs.py`; one that must do something, a script in `stand_ins/`.
"""
