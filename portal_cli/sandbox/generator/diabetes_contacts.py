"""The appointments and message threads of the first patient."""

from __future__ import annotations

from portal_cli.sandbox.generator.appointments import Booking
from portal_cli.sandbox.generator.messages import Message, Thread

BOOKINGS = (
    Booking(9, 9, 30, "Office visit", "Blood pressure and cough", instruction="Bring your blood pressure log."),
    Booking(
        26,
        14,
        0,
        "Eye exam",
        "Yearly diabetic eye exam",
        practitioner="ophthalmologist",
        minutes=45,
        instruction="Your eyes will be widened; bring someone to drive.",
    ),
    Booking(
        40,
        8,
        0,
        "Nurse visit",
        "Seasonal vaccines",
        "proposed",
        "nurse",
        comment="Mornings are easier for me",
    ),
    Booking(-140, 13, 30, "Eye exam", "Yearly diabetic eye exam", "noshow", "ophthalmologist"),
    Booking(
        -85,
        10,
        0,
        "Nurse visit",
        "Blood pressure check",
        "cancelled",
        "nurse",
        cancelled_because="I have to work that day",
    ),
)

THREADS = (
    Thread(
        "Your latest results",
        "test-result",
        31,
        (
            Message(
                "primary",
                0,
                "Your A1c is back under 7, the best in two years. Cholesterol and kidney numbers look "
                "good as well. "
                "Please keep everything as it is.",
            ),
            Message("patient", 5.5, "That is good to read, thank you. The walks after supper seem to help."),
        ),
        is_closed=True,
    ),
    Thread(
        "Dry cough in the evening",
        "medical-question",
        4,
        (
            Message(
                "patient",
                0,
                "The dry cough I mentioned has not gone away. It comes most evenings, no fever, no phlegm. "
                "Could it be the lisinopril? Should I stop it?",
            ),
            Message(
                "nurse",
                16,
                "Thank you for writing. Any swelling of the lips or face, or trouble breathing? If "
                "so, call 911. "
                "Otherwise please keep taking it until you hear from us.",
            ),
            Message("patient", 19, "No swelling and my breathing is fine. I will keep taking it."),
            Message(
                "primary",
                66,
                "Lisinopril can cause a dry cough. It is harmless but annoying. Let us talk about a "
                "change at your "
                "visit next week; until then it is safe to continue.",
                is_unread=True,
            ),
        ),
        about="lisinopril_10",
    ),
    Thread(
        "Atorvastatin refill before my trip",
        "refill-request",
        63,
        (
            Message("patient", 0, "I sent a refill request for atorvastatin. Can it be ready before Friday?"),
            Message("nurse", 15, "It went to the pharmacy this morning and should be ready after 4 pm."),
            Message("patient", 22, "Picked up. Thanks!"),
        ),
        practitioner="nurse",
        about="atorvastatin_20",
        is_closed=True,
    ),
    Thread(
        "Time for your eye exam",
        "appointment",
        18,
        (
            Message(
                "nurse",
                0,
                "Your yearly eye exam was missed. We booked a new time; you find it under appointments.",
                is_unread=True,
            ),
        ),
        practitioner="nurse",
    ),
)
