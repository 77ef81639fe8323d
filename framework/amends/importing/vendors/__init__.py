"""Survey vendors: how each signs what it sends, and what of it is an answer. Pure.

A vendor is a module here; `VENDORS` lists them. A message is read only after its signature was checked,
over the bytes as they came.
"""

from __future__ import annotations

from amends.importing.vendors import qualtrics, standard, surveymonkey, typeform
from amends.importing.vendors.vendor import Message, Unreadable, Vendor, within

__all__ = ["VENDORS", "Message", "Unreadable", "Vendor", "within"]

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (standard.VENDOR, typeform.VENDOR, surveymonkey.VENDOR, qualtrics.VENDOR)
}
"""By the name in the address of the webhook."""
