# SPDX-License-Identifier: BSD-2-Clause
"""What --baseline decides, on made-up measurements: noise of one build is never called slower, a slow-down
of 15 % mostly is, even on a machine as noisy as this; instruction counts find the rest."""
import itertools
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from driver import baseline  # noqa: E402 - found by the line above

ROUNDS, THRESHOLD = 15, 0.10


def measured(source, slower):
    """A row's rounds on a noisy machine: a few percent of spread, and now and then another program."""
    pairs = []
    for _ in range(ROUNDS):
        drift = source.uniform(0.9, 1.3)
        before, now = (drift * source.gauss(1, 0.02) * (source.uniform(1, 1.5) if source.random() < 0.15 else 1)
                       for _ in range(2))
        pairs.append((40 * before, 40 * now * slower))
    return pairs


def flagged(source, slower):
    """As compare() does: twice past the threshold."""
    return all(baseline.Change("row", measured(source, slower)).past(THRESHOLD) for _ in range(2))


class Decision(unittest.TestCase):
    def test_the_chance_is_exact(self):
        logs = [0.3, -0.1, 0.2, 0.05, -0.4]
        ranks = [4, 2, 3, 1, 5]
        reached = 4 + 3 + 1
        all_signs = itertools.product((0, 1), repeat=len(ranks))
        wanted = sum(sum(r * s for r, s in zip(ranks, signs)) >= reached for signs in all_signs) / 2 ** len(ranks)
        self.assertAlmostEqual(baseline.signed_rank(logs), wanted)

    def test_equal_values_share_their_ranks(self):
        self.assertAlmostEqual(baseline.signed_rank([0.1, 0.1]), 0.25)
        self.assertAlmostEqual(baseline.signed_rank([0.1, -0.1]), 0.75)
        self.assertEqual(baseline.signed_rank([0, 0]), 1.0)

    def test_one_build_is_not_slower_than_itself(self):
        source = random.Random(1)
        self.assertEqual(sum(flagged(source, 1.0) for _ in range(2000)), 0)

    def test_a_slow_down_is_found(self):
        source = random.Random(2)
        self.assertGreater(sum(flagged(source, 1.15) for _ in range(1000)), 600)
        self.assertGreater(sum(flagged(source, 1.2) for _ in range(1000)), 900)

    def test_instructions_are_a_witness_alone(self):
        pairs = [(40.0, 40.0)] * ROUNDS
        self.assertTrue(baseline.Change("row", pairs, (300, 346)).instructions_past(THRESHOLD))
        self.assertFalse(baseline.Change("row", pairs, (300, 329)).instructions_past(THRESHOLD))
        self.assertFalse(baseline.Change("row", pairs).instructions_past(THRESHOLD))


if __name__ == "__main__":
    unittest.main()
