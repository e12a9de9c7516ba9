"""A callback and its customer, as the API shows them."""

from pydantic import Field

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import CallbackState, Case, Customer, VisitType
from callcenter.web.api.answers import Answer, Instant
from callcenter.web.api.decided import DecisionShown
from callcenter.web.shown import show_number


class CustomerShown(Answer):
    id: str
    name: str
    organisation: str
    numbers: list[str] = Field(description="E.164; masked, such as 138****0001, without the right to see numbers.")
    zone: str = Field(description="IANA time zone; empty: the plan's.")
    own_hours: str = Field(description="When the customer wishes to be called; empty for no wish.")
    key_customer: bool
    language: str
    manager: str = Field(description="Whose customer it is (C6-08).")
    department: str = Field(description="The manager's.")
    customer_class: str = Field(description="On which depends how often he is called (GB-10); empty: none.")
    dislikes_calls: bool = Field(description="Is called less often (N6-17).")
    job_title: str = Field(description="What he is where he works (N1-09).")
    product: str = Field(description="What he has of the institution's.")
    needs: str = Field(description="What is special about him (N1-09).")


class CallbackShown(Answer):
    """One customer to be called for one reason."""

    id: str
    plan_id: str
    plan: str = Field(description="The plan's name.")
    customer: CustomerShown
    purpose: str = Field(description="Its own, or the plan's.")
    visit_type: VisitType
    state: CallbackState
    due_at: Instant
    not_before: Instant | None = Field(description="Not handed out before; null: at once.")
    appointment_at: Instant | None = Field(description="When the customer agreed to be called.")
    priority: int = Field(description="0 (lowest) to 9.")
    round: int = Field(description="Series of attempts, from 1 (C9-21).")
    zone: str = Field(description="IANA time zone in which its calling hours count.")
    leased_to: str | None = Field(description="Id of the agent who has it.")
    leased_until: Instant | None = Field(description="When it goes back to the queue by itself.")
    exhausted_reason: str | None = Field(description="Why its attempts are used up.")
    created_at: Instant
    version: int
    trigger: str = Field(description="What caused it, such as signing; empty: nobody said.")
    triggered_at: Instant | None = Field(description="When that was.")
    follows: str | None = Field(description="Id of the callback before it, where it comes again and again.")


class CallbackRead(CallbackShown):
    closed_by: DecisionShown | None = Field(description="Which decision closed it; null for one that is not closed.")


def show_callback(case: Case, *, whole: bool) -> CallbackShown:
    """whole: numbers are shown unmasked."""
    callback, plan = case.callback, case.plan
    return CallbackShown(
        id=callback.id,
        plan_id=plan.id,
        plan=plan.name,
        customer=show_customer(case.customer, whole=whole),
        purpose=callback.purpose or plan.purpose,
        visit_type=callback.visit_type,
        state=callback.state,
        due_at=callback.due_at,
        not_before=callback.not_before,
        appointment_at=callback.appointment_at,
        priority=callback.priority,
        round=callback.round,
        zone=zone_name(case),
        leased_to=callback.leased_to,
        leased_until=callback.leased_until,
        exhausted_reason=callback.exhausted_reason,
        created_at=callback.created_at,
        version=callback.version,
        trigger=callback.trigger,
        triggered_at=callback.triggered_at,
        follows=callback.follows,
    )


def show_customer(customer: Customer, *, whole: bool) -> CustomerShown:
    return CustomerShown(
        id=customer.id,
        name=customer.name,
        organisation=customer.organisation,
        numbers=[show_number(number, whole=whole) for number in customer.numbers],
        zone=customer.zone,
        own_hours=customer.own_hours,
        key_customer=customer.key_customer,
        language=customer.language,
        manager=customer.manager,
        department=customer.department,
        customer_class=customer.customer_class,
        dislikes_calls=customer.dislikes_calls,
        job_title=customer.job_title,
        product=customer.product,
        needs=customer.needs,
    )
