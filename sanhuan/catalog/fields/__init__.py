"""The field types: one file each, one line in `Field`."""

from __future__ import annotations

from sanhuan.catalog.fields.address import AddressField
from sanhuan.catalog.fields.auto_number import AutoNumberField
from sanhuan.catalog.fields.base import FieldDefinition, Label, Problem, Value
from sanhuan.catalog.fields.boolean import BooleanField
from sanhuan.catalog.fields.computed import ComputedField
from sanhuan.catalog.fields.date import DateField
from sanhuan.catalog.fields.datetime import DateTimeField
from sanhuan.catalog.fields.decimal import DecimalField
from sanhuan.catalog.fields.department import DepartmentField
from sanhuan.catalog.fields.email import EmailField
from sanhuan.catalog.fields.file import FileField
from sanhuan.catalog.fields.formula import FormulaField
from sanhuan.catalog.fields.integer import IntegerField
from sanhuan.catalog.fields.lines import LinesField
from sanhuan.catalog.fields.long_text import LongTextField
from sanhuan.catalog.fields.lookup import LookupField
from sanhuan.catalog.fields.money import MoneyField
from sanhuan.catalog.fields.multi_select import MultiSelectField
from sanhuan.catalog.fields.percent import PercentField
from sanhuan.catalog.fields.phone import PhoneField
from sanhuan.catalog.fields.reference import ReferenceField
from sanhuan.catalog.fields.references import ReferencesField
from sanhuan.catalog.fields.rollup import RollupField
from sanhuan.catalog.fields.select import Choice, SelectField, Transition
from sanhuan.catalog.fields.text import TextField
from sanhuan.catalog.fields.url import UrlField
from sanhuan.catalog.fields.user import UserField

Field = (
    TextField
    | LongTextField
    | IntegerField
    | DecimalField
    | MoneyField
    | PercentField
    | BooleanField
    | DateField
    | DateTimeField
    | SelectField
    | MultiSelectField
    | ReferenceField
    | ReferencesField
    | LinesField
    | UserField
    | DepartmentField
    | PhoneField
    | EmailField
    | UrlField
    | AddressField
    | FileField
    | AutoNumberField
    | FormulaField
    | LookupField
    | RollupField
)

__all__ = [
    "AddressField", "AutoNumberField", "BooleanField", "Choice", "ComputedField", "DateField",
    "DateTimeField", "DecimalField", "DepartmentField", "EmailField", "Field", "FieldDefinition",
    "FileField", "FormulaField", "IntegerField", "Label", "LinesField", "LongTextField",
    "LookupField", "MoneyField", "MultiSelectField", "PercentField", "PhoneField", "Problem",
    "ReferenceField", "ReferencesField", "RollupField", "SelectField", "TextField", "Transition",
    "UrlField", "UserField", "Value",
]  # fmt: skip
