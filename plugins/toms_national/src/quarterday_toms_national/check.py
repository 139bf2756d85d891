"""What ``quarterday doctor`` says of the compiled edition: how much of it is less than sure."""

from collections import Counter
from collections.abc import Iterator

from quarterday import Confidence, Health, Verdict
from quarterday.services.measures.catalogues import catalogue

EDITION = "toms-national/2022-compiled"


class CompiledEdition:
    """Counts the measures whose unit or ref was inferred, so that nobody takes the list for the publisher's own."""

    title = "National TOMs, compiled edition"

    def run(self) -> Iterator[Verdict]:
        """One warning while any measure is less than sure, with what to compare."""
        sure = Counter(measure.confidence for measure in catalogue(EDITION).measures)
        unsure = sure[Confidence.MEDIUM] + sure[Confidence.LOW]
        what = (
            f"Of {sure.total()} measures in {EDITION}, {sure[Confidence.HIGH]} are sure, "
            f"{sure[Confidence.MEDIUM]} fairly sure and {sure[Confidence.LOW]} doubtful."
        )
        if not unsure:
            yield Verdict(Health.GOOD, what)
        else:
            to_do = (
                f"Compare refs and units with your licensed list before you pin a contract to it; "
                f"“quarterday catalogue show {EDITION}” says how sure each one is."
            )
            yield Verdict(Health.WARNING, what, to_do)
