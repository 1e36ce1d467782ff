import pytest

from mail.server import SmtpServer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.acme.com", SmtpServer(host="mail.acme.com", port=587, tls="starttls")),
        ("smtp://mail.acme.com:25?tls=implicit", SmtpServer(host="mail.acme.com", port=25, tls="implicit")),
        ("smtps://mail.acme.com", SmtpServer(host="mail.acme.com", port=465, tls="implicit")),
        ("smtp://127.0.0.1:1025", SmtpServer(host="127.0.0.1", port=1025, tls="none")),
        ("smtp://[::1]:1025", SmtpServer(host="::1", port=1025, tls="none")),
        ("smtp://localhost:1025?tls=starttls", SmtpServer(host="localhost", port=1025, tls="starttls")),
        (
            "smtp://us%40er:p%3Ass@mail.acme.com:587?tls=starttls",
            SmtpServer(host="mail.acme.com", port=587, tls="starttls", user="us@er", password="p:ss"),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, expected: SmtpServer) -> None:
    assert SmtpServer.parse(url) == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.acme.com", "must begin with smtp://"),
        ("http://mail.acme.com", "must begin with smtp://"),
        ("smtp://", "names no host"),
        ("smtp://hidden:pass@mail.acme.com:port", "is no address"),
        ("smtp://hidden@mail.acme.com", "a user and a password, or neither"),
        ("smtp://mail.acme.com?tls=none", "loopback only"),
        ("smtp://mail.acme.com?tls=maybe", "not one of: starttls, implicit, none"),
        ("smtp://mail.acme.com?ssl=1", "only tls is"),
        ("smtps://mail.acme.com?tls=starttls", "leave the parameter tls out"),
    ],
)
def test_wrong_smtp_url_hides_secrets(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        SmtpServer.parse(url)
    assert "hidden" not in str(raised.value)
    assert "pass@" not in str(raised.value)


def test_the_password_does_not_show() -> None:
    assert "hunter2" not in repr(SmtpServer.parse("smtp://me:hunter2@mail.acme.com"))
