"""Devices that patients wear, carry or use at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import SNOMED, Json, coding, concept, without_gaps

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

# SNOMED CT code and term, what a patient calls it, its maker (all invented) and model.
DEVICES: dict[str, tuple[str, str, str, str, str]] = {
    "pressure_monitor": (
        "43770009",
        "Sphygmomanometer",
        "Home blood pressure monitor",
        "Green Mountain Instruments",
        "Cuff 2",
    ),
    "glucose_meter": ("337414009", "Blood glucose meter", "Blood glucose meter", "Green Mountain Instruments", "Drop"),
    "peak_flow_meter": ("334990001", "Peak flow meter", "Peak flow meter", "Lakeside Respiratory", "Breath"),
    "hearing_aid": ("6012004", "Hearing aid", "Hearing aid, left ear", "Lakeside Audio", "Murmur 4"),
    "knee_prosthesis": ("303533002", "Knee joint prosthesis", "Artificial knee, left", "Granite Orthopedics", "Stride"),
}
IMPLANTED = frozenset({"knee_prosthesis"})


def build_device(chart: Chart, key: str) -> Json:
    """A Device of the patient's own."""
    code, display, text, maker, model = DEVICES[key]
    device_id = chart.next_id("Device")
    udi = {
        "deviceIdentifier": f"0{int(device_id[:12], 16) % 10**13:013d}",
        "issuer": "http://hl7.org/fhir/NamingSystem/gs1",
    }
    return without_gaps(
        {
            "resourceType": "Device",
            "id": device_id,
            "udiCarrier": [udi] if key in IMPLANTED else [],
            "status": "active",
            "manufacturer": maker,
            "serialNumber": device_id[:8].upper(),
            "deviceName": [{"name": text, "type": "user-friendly-name"}],
            "modelNumber": model,
            "type": concept(text, coding(SNOMED, code, display)),
            "patient": chart.subject,
        }
    )
