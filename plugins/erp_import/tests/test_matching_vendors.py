"""The finance system's list of suppliers, read into typed rows. All of it is invented."""

from datetime import date

import pytest

from quarterday import said
from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.payee import By, Payee
from quarterday_erp_import.payees.vendor_columns import VendorColumn, fields_of, understood
from quarterday_erp_import.payees.vendors import NoVendor, Sector, Size, Stated, Vendor, suppliers, vendors

HEADER = [
    "Vendor No.", "Supplier Name", "Address Line 1", "Address Line 2", "Post Code", "Company Reg No",
    "Registered Charity Number", "VAT Reg No", "Business Size", "Supplier Type", "Ownership",
]  # fmt: skip
SOURCE, DAY = "vendors of June", date(2026, 6, 30)


def read(*cells: str, header: list[str] = HEADER) -> Vendor:
    (vendor,) = vendors(columns(header), [(2, cells)], source=SOURCE, as_at=DAY)
    assert isinstance(vendor, Vendor)
    return vendor


def columns(header: list[str]) -> dict[str, VendorColumn]:
    return {field: VendorColumn(at, header[at], said("its name")) for field, at in fields_of(header).items()}


def test_a_row_is_read_into_its_fields() -> None:
    vendor = read(
        " 100001 ", "BRAMBLE  JOINERY LTD", "12 Fir Street", "Marlpit", "zz1 1zz", "01234567", "", "GB123456782",
        "Small", "Private sector", "Family owned",
    )  # fmt: skip
    assert vendor == Vendor(
        line=2,
        name="BRAMBLE JOINERY LTD",
        number="100001",
        address="12 Fir Street, Marlpit",
        postcode="ZZ1 1ZZ",
        company_number="01234567",
        vat_number="GB123456782",
        size=Stated(Size.SMALL, SOURCE, DAY),
        sector=Stated(Sector.PRIVATE, SOURCE, DAY),
        ownership=Stated("Family owned", SOURCE, DAY),
    )


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("Micro", Size.MICRO),
        ("SMALL ENTERPRISE", Size.SMALL),
        ("Medium-sized", Size.MEDIUM),
        ("250+", Size.LARGE),
        ("Non-SME", Size.LARGE),
        ("SME", Size.SME),
        ("10-49", Size.SMALL),
        ("N/A", None),
    ],
)
def test_sizes_are_said_in_many_words(said: str, size: Size | None) -> None:
    vendor = read("Bramble", said, header=["Supplier", "Size"])
    assert (vendor.size.value if vendor.size else None) == size
    assert vendor.doubts == ()


def test_what_a_size_may_not_be_is_a_doubt_and_nothing_is_guessed() -> None:
    vendor = read("Bramble", "biggish", "not a postcode", header=["Supplier", "Size", "Postcode"])
    assert (vendor.size, vendor.postcode) == (None, None)
    assert vendor.doubts == (
        "The size “biggish” is none that is known here.",
        "The postcode is none of the United Kingdom's.",
    )


def test_a_yes_says_what_its_column_asks() -> None:
    vendor = read("Bramble", "Yes", "Y", header=["Supplier", "SME", "VCSE"])
    assert vendor.size == Stated(Size.SME, SOURCE, DAY)
    assert vendor.sector == Stated(Sector.VCSE, SOURCE, DAY)
    vendor = read("Bramble", "No", "N", header=["Supplier", "SME", "VCSE"])
    assert (vendor.size, vendor.sector, vendor.doubts) == (None, None, ())


def test_a_charity_number_or_the_legal_form_tells_the_sector_and_says_so() -> None:
    header = ["Supplier", "Charity Number", "Sector"]
    assert read("Bramble", "1098765", "", header=header).sector == Stated(Sector.VCSE, "it has a charity number", DAY)
    told = read("Bramble CIC", "", "", header=header).sector
    assert told == Stated(Sector.VCSE, "its name says community interest company", DAY)
    assert read("Bramble CIC", "", "Public", header=header).sector == Stated(Sector.PUBLIC, SOURCE, DAY)


def test_a_row_without_a_name_is_no_vendor_and_a_short_one_is() -> None:
    rows = [(2, ["", "1"]), (3, ["---"]), (4, ["Bramble"])]
    first, second, third = vendors(columns(["Supplier Name", "Supplier ID"]), rows, source=SOURCE, as_at=DAY)
    assert first == NoVendor(2, "The row names no supplier.")
    assert second == NoVendor(3, "The row names no supplier.")
    assert isinstance(third, Vendor)
    assert third.number is None


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (["Supplier ID", "Supplier"], {"number": 0, "name": 1}),
        (["VENDOR", "VENDOR_NAME"], {"name": 1}),
        (["Creditor No", "Creditor Name", "Postcode"], {"number": 0, "name": 1, "postcode": 2}),
        (["Organisation Name", "Supplier (Beneficiary) Name", "Transaction Number"], {"name": 1}),
        (["Amount", "Date"], {}),
        ([], {}),
    ],
)
def test_columns_are_known_by_their_names(header: list[str], fields: dict[str, int]) -> None:
    assert fields_of(header) == fields


def fields(rows: list[list[str]]) -> tuple[int, dict[str, int]]:
    found = understood(rows)
    assert found is not None
    return found.header_row, {field: column.index for field, column in found.columns.items()}


ROWS = [
    ["100001", "BRAMBLE JOINERY LTD", "12 Fir Street", "ZZ1 1ZZ", "01234567"],
    ["100002", "MARLPIT ROPEWORKS LTD", "1 Quay", "ZZ2 2ZZ", ""],
]


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        ([["Town Council", "", "", "", ""], ["SuppNo", "Supplier", "Street", "PostCode", "CompanyRegNo"]], 2, True),
        ([["Vendor", "", "", "", "Registration"], ["No.", "Name", "Address", "Postcode", "Company No"]], 2, True),
        ([["Vendor", "", "", "Registration Numbers", ""], ["ID", "Name", "Address", "", "Company"]], 2, True),
        ([["Suplier Nunber", "Supplier Name", "Address", "", "Compnay Number"]], 1, False),
    ],
)
def test_a_list_is_known_by_names_over_one_row_or_two_and_by_what_stands_in_it(
    header: list[list[str]], row: int, found: bool
) -> None:
    number, by_field = fields([*header, *ROWS])
    assert number == row
    assert {"name": 1, "postcode": 3}.items() <= by_field.items()
    if found:
        assert by_field["company_number"] == 4


def test_a_list_without_a_header_is_known_by_what_stands_in_it_and_other_tables_are_none() -> None:
    assert fields(ROWS) == (0, {"name": 1, "postcode": 3})
    assert understood([["Ward", "Votes"], ["North", "12"]]) is None
    assert understood([]) is None
    # A column that is called what its cells can't be is not taken for it.
    assert fields([["Supplier", "Post Code"], ["Bramble", "12.50"], ["Fir", "13.00"]]) == (1, {"name": 0})


def test_an_address_that_ends_with_a_postcode_gives_it() -> None:
    header = ["Supplier", "Full Address"]
    assert read("Bramble", "12 Fir Street, Marlpit zz1 1zz", header=header).postcode == "ZZ1 1ZZ"
    assert read("Bramble", "Unit ZZ1 1ZZ, Marlpit", header=header).postcode is None


def test_vendors_become_suppliers_by_their_number_with_all_their_names() -> None:
    listed = [
        Vendor(2, "BRAMBLE JOINERY LTD", "100001", company_number="01234567"),
        Vendor(3, "BRAMBLE (SHOPFITTING)", "100001"),
        Vendor(4, "MARLPIT ROPEWORKS"),
    ]
    first, second = suppliers(listed)
    assert (first.id, first.names) == ("100001", ("BRAMBLE JOINERY LTD", "BRAMBLE (SHOPFITTING)"))
    assert (first.company_number, second.id, second.numbers) == ("01234567", "line 4", ())
    by_number, by_name = Known([first, second]).settle([Payee("ANYTHING", "100001"), Payee("Marlpit Ropeworks Ltd")])
    assert (by_number.supplier, by_number.by) == ("100001", By.NUMBER)
    assert by_name.supplier == "line 4" or by_name.candidates[0].supplier == "line 4"
