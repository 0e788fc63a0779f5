"""How much failures come in clumps: a crash takes with it all the requests that it was working on."""

from pipeline.judge.counts import Ints


def dispersion(failed: Ints, requests: Ints) -> float:
    """phi: the variance of failures over their mean, at least 1; of a day of one fleet, each [minutes].

    The judge asks how failures are divided between two fleets, so phi is measured on a division: of each pair
    of neighbouring minutes, as if one were the candidate. Of the K failures of a pair, the first minute's
    share of the requests, g, is expected there, with the variance K g (1 - g) if each is on its own. phi is
    the sum of what was found over the sum of that (the dispersion of a quasi-likelihood: McCullagh and Nelder
    1989, section 4.5). Because neighbours are compared, nights and slow changes are no clumps, and an outage
    counts at its two ends alone. A clump of m failures counts by m^2, so phi is above the mean size where
    sizes differ.

    A minute holds most clumps whole, and is the finest that CloudWatch keeps of yesterday
    (monitoring/cloudwatch_concepts, "Metrics retention").

    No failures, no requests, or a single minute give 1. Raises ValueError when the shapes differ.
    """
    if failed.shape != requests.shape or failed.ndim != 1:
        raise ValueError(
            f"failures {failed.shape} and requests {requests.shape} are to be of the same minutes"
        )
    pairs = len(failed) // 2
    k, n = (one[: 2 * pairs].reshape(pairs, 2) for one in (failed, requests))
    total, share = k.sum(axis=-1), n[:, 0] / n.sum(axis=-1).clip(min=1)
    expected = float((total * share * (1 - share)).sum())
    found = float(((k[:, 0] - total * share) ** 2).sum())
    return max(1.0, found / expected) if expected > 0 else 1.0
