"""The software bill of materials: CycloneDX 1.6 as JSON, the same bytes for the same release."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from nurie import __version__
from nurie_export.attributions import Attributions, Work
from nurie_export.wheel import DATE

__all__ = ["to_sbom"]


def to_sbom(lock: dict[str, Any], model: dict[str, Any], attributions: Attributions) -> str:
    """The release's own parts, the embedded model, what it learned from, and every package of the lock.

    lock: as in the plugin's zip, with ``nurie``; the packages' files and digests are there, and not here, since which
    of them is installed depends on the computer. model: a model folder's manifest. The date is SOURCE_DATE_EPOCH's.
    """
    components = [
        *_own(lock["nurie"], model, attributions.training),
        *_packages(lock["packages"], attributions),
    ]
    subject = _component("nurie", ComponentType.APPLICATION, __version__, "Apache-2.0 AND GPL-3.0-or-later")
    stamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", DATE)), timezone.utc)
    bom = Bom(
        components=components,
        metadata=BomMetaData(component=subject, timestamp=stamp, tools=[]),
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"nurie-{lock['nurie']['sha256']}"),
    )
    bom.register_dependency(subject, components)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    return json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _own(nurie: dict[str, Any], model: dict[str, Any], training: Iterable[Work]) -> Iterable[Component]:
    """The backend, the plugin, the model inside the backend, and inside that what it learned from."""
    yield _component(
        "nurie-backend",
        ComponentType.LIBRARY,
        nurie["version"],
        "Apache-2.0",
        purl=PackageURL("pypi", name="nurie", version=nurie["version"]),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=nurie["sha256"])],
        description=nurie["file"],
    )
    yield _component("nurie_krita", ComponentType.APPLICATION, nurie["version"], "GPL-3.0-or-later")
    yield _component(
        model["model"],
        ComponentType.MACHINE_LEARNING_MODEL,
        nurie["version"],
        "Apache-2.0",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=model["files"][model["weights"]]["sha256"])],
        description="The embedded model. Its card, resources/MODEL_CARD.md, is among the wheel's licence files.",
        components=[_data(work) for work in training],
    )


def _data(work: Work) -> Component:
    return _component(
        work.work, ComponentType.DATA, "", work.license, ref=f"data:{work.work} by {work.authors}", author=work.authors
    )


def _packages(packages: Iterable[dict[str, Any]], attributions: Attributions) -> Iterable[Component]:
    """One for each version of each package. Property ``nurie:extra``: with which extras it is installed."""
    extras: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        extras.setdefault((package["name"], package["version"]), set()).add(package["extra"] or "always")
    for (name, version), wanted in sorted(extras.items()):
        yield _component(
            name,
            ComponentType.LIBRARY,
            version,
            attributions.license_of(name),
            purl=PackageURL("pypi", name=name, version=version),
            properties=[Property(name="nurie:extra", value=extra) for extra in sorted(wanted)],
        )


def _component(name: str, kind: ComponentType, version: str, license_: str, ref: str = "", **more: Any) -> Component:
    """``ref`` must not be left to the library, which would draw a random one."""
    licenses = [LicenseFactory().make_from_string(license_)]
    ref = ref or f"{kind.value}:{name}@{version}"
    return Component(name=name, type=kind, version=version or None, licenses=licenses, bom_ref=ref, **more)
