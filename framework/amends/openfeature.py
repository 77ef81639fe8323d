"""`AmendsProvider`: an experiment as an OpenFeature flag, its arm as the flag's value.

```python
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from amends.openfeature import AmendsProvider

api.set_provider(AmendsProvider())
arm = api.get_client().get_string_value(
    "late_parcel", "silence", EvaluationContext("customer-4711", {"delay_seconds": 108000, "slots": {…}})
)
```

Needs the extra `flags`: `pip install 'amends[flags]'`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

try:
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.exception import (
        FlagNotFoundError,
        GeneralError,
        InvalidContextError,
        TargetingKeyMissingError,
        TypeMismatchError,
    )
    from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
    from openfeature.provider import AbstractProvider, Metadata
except ImportError as error:
    raise ImportError("amends.openfeature needs openfeature-sdk: pip install 'amends[flags]'") from error

from amends.errors import AmendsError, UnknownExperiment, UsageError
from amends.flags import REASONS, arguments_of, metadata_of, value_of

if TYPE_CHECKING:
    from openfeature.track import TrackingEventDetails

    from amends.lab import Assignment, Lab

log = logging.getLogger("amends")

SURVEY_COMPLETED = "survey_completed"


class AmendsProvider(AbstractProvider):
    """Resolves flags by assigning the targeting key's unit; the record is durable before the value is given.

    A string flag is the arm's name. An object flag is a mapping of `arm`, `message`, `invitation` and
    `survey_url`. A unit that is not assigned gets the caller's default, with the reason `DISABLED` or
    `DEFAULT`; its usual message is in the flag's metadata, as are all words to send. Nothing is raised
    into the sender: the OpenFeature client turns errors into the default and the reason `ERROR`.

    Args:
        lab: The lab; the process's own by default.
        sender: The name under which the tally keeps these calls apart.
    """

    def __init__(self, lab: Lab | None = None, *, sender: str = "openfeature") -> None:
        super().__init__()
        self._lab = lab
        self._sender = sender

    @property
    def lab(self) -> Lab:
        """The lab that answers."""
        if self._lab is None:
            from amends.lab.process_wide import default_lab

            self._lab = default_lab()
        return self._lab

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Opens the database and reads the experiments, so that the first customer does not wait for it."""
        self.lab.warm_up()

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(name="amends")

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The arm's name."""
        return _as_text(self._assign(flag_key, evaluation_context), default_value)

    async def resolve_string_details_async(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The same without blocking the event loop."""
        return _as_text(await self._assign_async(flag_key, evaluation_context), default_value)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """Arm, message, invitation and survey link."""
        return _as_object(self._assign(flag_key, evaluation_context), default_value)

    async def resolve_object_details_async(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """The same without blocking the event loop."""
        return _as_object(await self._assign_async(flag_key, evaluation_context), default_value)

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """No experiment has a boolean value: an arm is a name."""
        _refuse_type(flag_key, "boolean")

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """No experiment has a number as its value."""
        _refuse_type(flag_key, "integer")

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """No experiment has a number as its value."""
        _refuse_type(flag_key, "float")

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: EvaluationContext | None = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """Records a response when the event is `survey_completed`; logs, and never raises.

        The event's attributes are `experiment` (its key) and the answers by item name; its value is the
        satisfaction where no attribute says so.
        """
        if tracking_event_name != SURVEY_COMPLETED:
            return
        details = tracking_event_details
        answers: dict[str, Any] = dict(details.attributes) if details else {}
        key = answers.pop("experiment", None)
        if details is not None and details.value is not None:
            answers.setdefault("satisfaction", details.value)
        try:
            unit = _unit(evaluation_context)
            if not isinstance(key, str):
                raise UsageError("the event's attribute 'experiment' must be the experiment's key.")
            self.lab.record_response(key, unit, **answers)
        except Exception as error:
            log.error("track %s: nothing was recorded: %s", SURVEY_COMPLETED, type(error).__name__)
            log.debug("track %s: %s", SURVEY_COMPLETED, error)

    def _assign(self, key: str, context: EvaluationContext | None) -> Assignment:
        unit = _unit(context)
        try:
            return self.lab.assign_as(self._sender, key, unit, **arguments_of(_attributes(context)))
        except AmendsError as error:
            _raise(error)

    async def _assign_async(self, key: str, context: EvaluationContext | None) -> Assignment:
        unit = _unit(context)
        try:
            arguments = arguments_of(_attributes(context))
            return await self.lab.assign_as_async(self._sender, key, unit, **arguments)
        except AmendsError as error:
            _raise(error)


def _unit(context: EvaluationContext | None) -> str:
    if context is None or not context.targeting_key:
        raise TargetingKeyMissingError("a targeting key is needed: the unit's id, as you know it.")
    return context.targeting_key


def _attributes(context: EvaluationContext | None) -> Mapping[str, Any]:
    return {} if context is None else context.attributes


def _as_text(given: Assignment, default: str) -> FlagResolutionDetails[str]:
    value = given.arm if _assigned(given) and given.arm is not None else default
    return FlagResolutionDetails(value=value, **_told(given))


def _as_object(given: Assignment, default: Any) -> FlagResolutionDetails[Any]:
    return FlagResolutionDetails(value=value_of(given) if _assigned(given) else default, **_told(given))


def _assigned(given: Assignment) -> bool:
    if given.status == "error":
        raise GeneralError(given.reason or "the database is unavailable")
    return given.status == "assigned"


def _told(given: Assignment) -> dict[str, Any]:
    return {
        "reason": Reason(REASONS[given.status]),
        "variant": given.arm if given.status == "assigned" else None,
        "flag_metadata": metadata_of(given),
    }


def _raise(error: AmendsError) -> NoReturn:
    if isinstance(error, UnknownExperiment):
        raise FlagNotFoundError(str(error)) from error
    if isinstance(error, UsageError):
        raise InvalidContextError(str(error)) from error
    raise GeneralError(str(error)) from error


def _refuse_type(key: str, kind: str) -> NoReturn:
    raise TypeMismatchError(
        f"{key}: no experiment has a {kind} as its value. Ask for a string (the arm) or an object."
    )
