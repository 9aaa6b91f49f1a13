"""Errors that a person reads."""

from sanhuan import errors


class PortUsed(errors.SanhuanError):
    """An example."""

    code = "port_used"


def test_error_speaks_both_languages_with_the_next_step() -> None:
    error = PortUsed(
        errors.Text("端口已被占用。", "The port is in use."),
        hint=errors.Text("请换一个。", "Take another."),
    )

    assert str(error) == "端口已被占用。请换一个。\nThe port is in use. Take another."


def test_error_without_a_hint() -> None:
    error = PortUsed(errors.Text("端口已被占用。", "The port is in use."), field="port")

    assert str(error) == "端口已被占用。\nThe port is in use."
    assert (error.code, error.field, error.hint) == ("port_used", "port", None)
