"""The errors about people one cares for, each a kind of one in `errors`.

NotFound
└── ChartUnknown            an account may not see a chart of that name
Ambiguous
└── ChartNeeded             an account may see several charts, and it was not said which
ConfirmationNeeded
└── OtherPatient            a write is for another patient than the one who is shown
SignInNeeded
└── RightEnded              the right to see another person's records has ended, or may have
NotOffered
└── NotGranted              the portal offers it, but this sign-in does not allow it
"""

from __future__ import annotations

from store.errors import Ambiguous, ConfirmationNeeded, NotFound, NotOffered, SignInNeeded


class ChartUnknown(NotFound):
    """An account may not see a chart of that name. `close` are those that it may see."""

    def __init__(self, name: str, close: tuple[str, ...]) -> None:
        super().__init__("chart that this account may see", name, close)


class ChartNeeded(Ambiguous):
    """An account may see several charts, and it was not said which one is meant. Attribute: `choices`, them."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__("chart", "this sign-in", choices)
        self.args = (f"this sign-in may be for each of several people, and it was not said whom: {'; '.join(choices)}",)


class OtherPatient(ConfirmationNeeded):
    """A write is for another patient than the one who is shown, and that was not confirmed.

    Attributes: `patient`, whom it is for, in words; `shown`, who is shown, empty where that is nobody in particular.
    """

    def __init__(self, patient: str, shown: str = "") -> None:
        self.patient, self.shown = patient, shown
        super().__init__(f"writing for {patient}")
        instead = f", and {shown} is shown" if shown else ", and everybody's records are shown"
        self.args = (f"this is for {patient}{instead}",)


class RightEnded(SignInNeeded):
    """The right to see another person's records has ended. Attributes: `portal`; `patient`, in words.

    `ended` is the day that was its last; empty where none is known, and the sign-in alone may be what has ended.
    """

    def __init__(self, portal: str, patient: str, ended: str = "") -> None:
        super().__init__(portal)
        self.patient, self.ended = patient, ended
        if ended:
            sentence = f"the right to see the records of {patient} at {portal} has ended on {ended}"
        else:
            sentence = f"the sign-in at {portal}, or the right to see the records of {patient}, has ended"
        self.args = (sentence,)


class NotGranted(NotOffered):
    """A portal offers it, but this sign-in does not allow it. Attributes: `portal`, `what`; `patient`, in words."""

    def __init__(self, portal: str, what: str, patient: str) -> None:
        super().__init__(portal, what)
        self.patient = patient
        self.args = (f"the sign-in at {portal} for {patient} does not allow {what}",)
