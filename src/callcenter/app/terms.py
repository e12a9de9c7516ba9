"""What the settings say, in the engine's words."""

from datetime import timedelta

from callcenter.domain.calls.trunk import Trunk
from callcenter.engine.asking import DialTerms
from callcenter.engine.returns import ReturnTerms
from callcenter.settings import Settings, TrunkSettings


def dial_terms(settings: Settings) -> DialTerms:
    return DialTerms(
        node=settings.ari.app,
        trunks={name: trunk(name, each) for name, each in settings.trunks.items()},
        lease=timedelta(minutes=settings.calls.lease_minutes),
        setup_seconds=settings.calls.setup_seconds,
        max_calls=settings.calls.max_concurrent,
        max_in_hand=settings.calls.max_in_hand,
        disk_mark_bytes=settings.recordings.min_free_bytes,
        recording_notice=settings.calls.recording_notice,
    )


def return_terms(settings: Settings) -> ReturnTerms:
    returns = settings.returns
    return ReturnTerms(
        node=settings.ari.app,
        offer_seconds=returns.offer_seconds,
        nobody_there=returns.nobody_there,
        unknown=returns.unknown,
        region=settings.calls.default_region,
        zone=settings.calls.default_zone,
        enabled=returns.enabled,
    )


def trunk(name: str, settings: TrunkSettings) -> Trunk:
    return Trunk(
        name=name,
        endpoint=settings.endpoint,
        number_format=settings.number_format,
        caller_ids=settings.caller_ids,
        dial_rules=settings.dial_rules,
        outcome_rules=settings.outcome_rules,
    )
