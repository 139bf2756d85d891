"""``quarterday rotherham-policy VALUE``: the policy's thresholds applied to one contract."""

import json
from collections.abc import Mapping

import click

from quarterday.services.measures.catalogues import catalogue

EDITION = "toms-rotherham/2024-27"


@click.command()
@click.argument("value", type=click.IntRange(min=0))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rotherham_policy(value: int, as_json: bool) -> None:
    """Say what Rotherham's policy asks of a contract of VALUE pounds (whole pounds, like 120000)."""
    policy = catalogue(EDITION).policy
    asks = what_it_asks(value, policy.facts)
    if as_json:
        click.echo(json.dumps({"value": value, "asks": asks, "source": policy.source}, ensure_ascii=False, indent=2))
        return
    click.echo(f"A contract of £{value:,}:")
    for sentence in asks:
        click.echo(f"  · {sentence}")
    click.echo(f"({policy.source})")


def what_it_asks(value: int, facts: Mapping[str, str | int]) -> list[str]:
    """What the policy asks of a contract of ``value`` £, one sentence each, from the edition's policy facts."""
    if value <= int(facts["social_value_above"]):
        return [
            f"Ask for {facts['of_quotations']} quotations, at least {facts['local_quotations']} of them "
            "from a local supplier.",
            f"Social value need not be scored: that begins above £{facts['social_value_above']:,}.",
        ]
    plan = "a delivery plan" if value > int(facts["delivery_plan_above"]) else "a milestone tracker"
    return [
        f"Social value is {facts['social_value_weight']} of the tender's score: {facts['weight_of_numbers']} of that "
        f"for the numbers, {facts['weight_of_method']} for the method.",
        f"The contract is managed with {plan} (a delivery plan above £{facts['delivery_plan_above']:,}).",
        f"The supplier reports {facts['reporting']}, with evidence.",
    ]
