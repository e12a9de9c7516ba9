"""What the columns of a file and the stages of its import are called, for people."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.intake.row import Field as ColumnField
from callcenter.engine.imports_at_work import Standing
from callcenter.web.language import N_

IMPORT_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    ColumnField: {
        ColumnField.NAME: N_("Customer's name"),
        ColumnField.NUMBER: N_("Number"),
        ColumnField.ORGANISATION: N_("Organisation"),
        ColumnField.CUSTOMER_ID: N_("Customer's own number"),
        ColumnField.EXTERNAL_ID: N_("Number of the case"),
        ColumnField.PLAN: N_("Plan"),
        ColumnField.PURPOSE: N_("Purpose"),
        ColumnField.VISIT_TYPE: N_("Kind of visit"),
        ColumnField.DUE: N_("Due day"),
        ColumnField.PRIORITY: N_("Priority"),
        ColumnField.ZONE: N_("Time zone"),
        ColumnField.LANGUAGE: N_("Language spoken"),
        ColumnField.OWN_HOURS: N_("Hours the customer wishes"),
        ColumnField.KEY_CUSTOMER: N_("Key customer"),
        ColumnField.MANAGER: N_("Customer's manager"),
        ColumnField.DEPARTMENT: N_("Manager's department"),
        ColumnField.CUSTOMER_CLASS: N_("Customer's class"),
        ColumnField.TRIGGER: N_("Trigger"),
        ColumnField.TRIGGERED: N_("Day of the trigger"),
        ColumnField.DISLIKES_CALLS: N_("Dislikes calls"),
        ColumnField.JOB_TITLE: N_("Job title"),
        ColumnField.PRODUCT: N_("Product"),
        ColumnField.NEEDS: N_("Special needs"),
        ColumnField.IGNORE: N_("Not imported"),
    },
    Standing: {
        Standing.WAITING: N_("Waiting for its turn"),
        Standing.RUNNING: N_("Being imported"),
        Standing.DONE: N_("Imported"),
        Standing.CANCELLED: N_("Stopped"),
        Standing.FAILED: N_("Broke off"),
        Standing.INTERRUPTED: N_("Interrupted"),
    },
}
