"""Who checks the checks: each lets the right pass, and a thing that is wrong in one way does not."""

import dataclasses

import numpy as np
import pytest

from reference import find
from reference.coverage import refuses
from reference.examine import simplified
from reference.record import Call, Illegal
from reference.signature import defaults

RELU = find("relu")
X = np.array([[0.3, -1.7], [2.6, 0.4]])


def with_candidate(record, function):
    return dataclasses.replace(record, candidate=function)


def test_an_illegal_call_must_raise_the_right_error_in_the_right_words():
    bools = Call(np.ones(2, bool))
    RELU.check_illegal(Illegal(bools, RuntimeError, ("Boolean", "relu")))
    with pytest.raises(AssertionError, match="the message lacks .'unsigned'."):
        RELU.check_illegal(Illegal(bools, RuntimeError, ("Boolean", "unsigned")))
    with pytest.raises(AssertionError, match="raised nothing; RuntimeError expected"):
        RELU.check_illegal(Illegal(Call(X), RuntimeError, ()))
    with pytest.raises(RuntimeError, match="Boolean"):
        RELU.check_illegal(Illegal(bools, ValueError, ("Boolean",)))


def test_an_option_is_refused_by_an_error_that_names_it():
    def refusing(words):
        def relu(input, **more):
            if more:
                raise TypeError(words)
            return input

        return with_candidate(RELU, relu)

    option = [["out"]]
    forms = [[type("Option", (), {"name": name, "default": None})() for name in names] for names in option]
    assert refuses(refusing("relu(): there is no 'out'"), Call(X), "out", forms)
    assert not refuses(refusing("relu(): something is wrong"), Call(X), "out", forms)
    assert not refuses(with_candidate(RELU, lambda input, out=None: input), Call(X), "out", forms)


def test_defaults_are_torchs():
    record = find("leaky_relu")
    defaults(record)
    defaults(with_candidate(record, lambda input, negative_slope=0.01, inplace=False: input))
    with pytest.raises(AssertionError, match="negative_slope=0.02 if it is left out, in torch 0.01"):
        defaults(with_candidate(record, lambda input, negative_slope=0.02, inplace=False: input))


def test_a_failing_call_is_shown_with_round_numbers():
    def check(call):
        if call.args[0][1, 0] > 0.5:
            raise AssertionError(f"{call.args[0][1, 0]} is large")

    def rounded(call):
        if call.args[0][1, 0] > 2:
            raise AssertionError(f"{call.args[0][1, 0]} is large")

    for judge, numbers, words in ((check, np.ones((2, 2)), "1.0"), (rounded, np.round(X), "3.0")):
        call, error = simplified(judge, Call(X), AssertionError("2.6 is large"))
        np.testing.assert_array_equal(call.args[0], numbers)
        assert str(error) == f"{words} is large"
    call, error = simplified(lambda call: None, Call(X), AssertionError("as before"))
    assert call.args[0] is X and str(error) == "as before"
