"""The alert rules, tried by Prometheus's own tool, and the answer of /metrics."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kit.world import ADA, World
from webapp.door import create_receiver

pytestmark = pytest.mark.deploy

LABELS = 'job="delivery-ledger", instance="web1"'
SENDING = {
    'delivery_ledger_campaigns{state="sending", X}': "1x30",
    "delivery_ledger_sending_on{X}": "1x30",
}
FIRES: dict[str, dict[str, str]] = {
    "LedgerNotScraped": {"up{X}": "0x30"},
    "LedgerDatabaseAway": {'delivery_ledger_up{database="views", X}': "0x30"},
    "LedgerWithoutSender": {'delivery_ledger_processes{role="sending", X}': "0x30", **SENDING},
    "LedgerTextsWait": {
        "delivery_ledger_oldest_due_seconds{X}": "1000x30",
        'delivery_ledger_send_answers_total{answer="accepted", process="a", X}': "7x30",
        **SENDING,
    },
    "LedgerCheckpointOld": {
        "delivery_ledger_checkpoint_age_seconds{X}": "9000x30",
        "delivery_ledger_checkpoint_events{X}": "10x30",
        "delivery_ledger_events_total{X}": "11x30",
    },
    "LedgerCommitsSlow": {
        'delivery_ledger_commit_wait_seconds_bucket{process="a", le="1.0", X}': "0x30",
        'delivery_ledger_commit_wait_seconds_bucket{process="a", le="2.5", X}': "0+60x30",
        'delivery_ledger_commit_wait_seconds_bucket{process="a", le="+Inf", X}': "0+60x30",
    },
    "LedgerSignInsFail": {
        'delivery_ledger_sign_in_failures_total{outcome="waited", process="a", X}': "0+1x30"
    },
}
"""Alert → series, each of which has a value every minute, that must raise it."""


def promtool(*words: str, given: str = "") -> str:
    done = subprocess.run(
        ["promtool", *words], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def series(values: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"series": name.replace("X", LABELS), "values": _written(value)}
        for name, value in values.items()
    ]


def _written(value: str) -> str:
    """Prometheus writes a constant as 1+0x30."""
    return value if "+" in value else value.replace("x", "+0x")


def raised(rules: Path, folder: Path, alert: str, values: dict[str, str]) -> int:
    """Return how often the alert is raised after 25 minutes, as promtool's own test finds it."""
    name = f'ALERTS{{alertname="{alert}", alertstate="firing"}}'
    for count in (0, 1):
        test: dict[str, Any] = {
            "rule_files": [str(rules)],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": series(values),
                    "promql_expr_test": [
                        {
                            "expr": f"count({name}) or vector(0)",
                            "eval_time": "25m",
                            "exp_samples": [{"labels": "{}", "value": count}],
                        }
                    ],
                }
            ],
        }
        file = folder / "test.json"  # JSON is YAML
        file.write_text(json.dumps(test))
        done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, check=False)
        if done.returncode == 0:
            return count
    raise AssertionError(done.stdout + done.stderr)


def test_promtool_finds_nothing_wrong_with_the_rules(deploy: Path):
    assert "SUCCESS" in promtool("check", "rules", str(deploy / "alerts.yaml"))


def test_promtool_finds_nothing_wrong_with_the_metrics(world: World):
    world.launch([ADA])
    world.send()
    answer = create_receiver(world.app).test_client().get("/metrics")
    assert promtool("check", "metrics", given=answer.text) == ""


@pytest.mark.parametrize("alert", FIRES)
def test_an_alert_is_raised_by_what_it_is_for(deploy: Path, tmp_path: Path, alert: str):
    assert raised(deploy / "alerts.yaml", tmp_path, alert, FIRES[alert]) == 1


def test_no_alert_of_texts_is_raised_while_sending_is_off(deploy: Path, tmp_path: Path):
    for alert in ("LedgerWithoutSender", "LedgerTextsWait"):
        off = {"delivery_ledger_sending_on{X}": "0x30"}
        assert raised(deploy / "alerts.yaml", tmp_path, alert, FIRES[alert] | off) == 0
