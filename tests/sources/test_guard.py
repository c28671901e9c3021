"""Promise: only public addresses are connected to, and a URL has one reading or none."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import guard
from sources.errors import Denied

PUBLIC = ["93.184.215.14", "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255"]
PUBLIC_6 = ["2606:4700:4700::1111", "2a00:1450:4009:80b::200e"]
PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_6 = [
    "::",
    "::1",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2001:20::1",
    "5f00::1",
    "64:ff9b:1::7f00:1",  # NAT64 for local use
]
EMBEDDINGS = ["::ffff:{}", "::ffff:0:{}", "::{}", "64:ff9b::{}"]


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_6)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize("address", PRIVATE + PRIVATE_6)
def test_an_address_that_is_not_public_may_not(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("address", PRIVATE)
def test_an_ipv6_address_does_not_hide_a_private_one(embedding: str, address: str) -> None:
    assert not guard.is_public(embedding.format(address))


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_an_ipv6_address_may_carry_a_public_one(embedding: str) -> None:
    assert guard.is_public(embedding.format("8.8.8.8"))


@pytest.mark.parametrize("address", PRIVATE)
def test_six_to_four_does_not_hide_a_private_address(address: str) -> None:
    number = int(ipaddress.IPv4Address(address))
    assert not guard.is_public(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")


def test_six_to_four_may_carry_a_public_address() -> None:
    assert guard.is_public("2002:808:808::1")


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "0x7f000001", "8.8.8.8:80"])
def test_what_is_no_address_is_not_public(address: str) -> None:
    assert not guard.is_public(address)


@given(st.ip_addresses(v=4))
def test_nothing_is_public_that_the_standard_library_calls_private(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not guard.is_public(str(address))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_public_that_the_standard_library_calls_local(
    address: ipaddress.IPv6Address,
) -> None:
    if address.is_link_local or address.is_loopback or address.is_multicast or address.is_unspecified:
        assert not guard.is_public(str(address))


HOSTILE = {
    "short": "http://127.1/",
    "hexadecimal": "http://0x7f.1/",
    "hexadecimal in one": "http://0x7f000001/",
    "hexadecimal in parts": "http://0x7f.0x0.0x0.0x1/",
    "octal": "http://0177.0.0.1/",
    "octal in one": "http://017700000001/",
    "decimal": "http://2130706433/",
    "zero": "http://0/",
    "three parts": "http://127.0.1/",
    "too large a part": "http://127.0.0.256/",
    "five parts": "http://1.2.3.4.5/",
    "number at the end": "http://host.1/",
    "empty hexadecimal": "http://0x/",
    "circled digits": "http://①②⑦.①/",
    "full-width digits": "http://１２７．１/",
    "ideographic full stop": "http://0x7f。1/",
    "percent in the host": "http://127%2e0.0.1/",
    "full-width percent": "http://127％2e0.0.1/",
    "user": "http://user@paper.example/",
    "user and password": "http://user:word@paper.example/",
    "host as user": "http://paper.example@127.0.0.1/",
    "full-width at": "http://paper.example＠127.0.0.1/",
    "backslash in the host": "http://paper.example\\@127.0.0.1/",
    "backslash in the path": "http://paper.example/\\127.0.0.1",
    "backslashes for slashes": "http:\\\\127.0.0.1/",
    "one slash": "http:/127.0.0.1/",
    "no slash": "http:127.0.0.1/",
    "three slashes": "http:///127.0.0.1/",
    "no scheme": "//127.0.0.1/",
    "bare": "paper.example",
    "empty": "",
    "file": "file:///etc/passwd",
    "ftp": "ftp://paper.example/",
    "gopher": "gopher://127.0.0.1:6379/_INFO",
    "data": "data:text/html,x",
    "javascript": "javascript:alert(1)",
    "newline": "http://paper.example/\nHost: evil.example",
    "tab in the host": "http://pap\ter.example/",
    "nul": "http://paper.example\0.evil.example/",
    "line separator": "http://paper.example\u2028.evil.example/",
    "surrogate": "http://paper.example/\ud800",
    "space in the host": "http://paper example/",
    "space before the port": "http://paper.example :80/",
    "no host": "http://:80/",
    "empty label": "http://paper..example/",
    "leading dot": "http://.example/",
    "only a dot": "http://./",
    "two dots at the end": "http://paper.example../",
    "long label": f"http://{'a' * 64}.example/",
    "long host": f"http://{'a.' * 127}example/",
    "long host in Unicode": f"http://{'ä' * 5000}.example/",
    "long address": f"http://paper.example/{'a' * 8000}",
    "sign in the host": "http://pa+per.example/",
    "comma in the host": "http://a,b.example/",
    "port of a mail server": "http://paper.example:25/",
    "port of ours": "http://paper.example:8080/",
    "port zero": "http://paper.example:0/",
    "port too large": "http://paper.example:65616/",
    "port of many digits": "http://paper.example:0000000080/",
    "negative port": "http://paper.example:-80/",
    "port with letters": "http://paper.example:80a/",
    "full-width port": "http://paper.example:８０/",
    "two ports": "http://paper.example:80:80/",
    "no brackets": "http://::1/",
    "half a bracket": "http://[::1/",
    "IPv6 zone": "http://[fe80::1%25eth0]/",
    "no IPv6": "http://[paper.example]/",
    "brackets and more": "http://[::1]evil.example/",
    "IPv4 in brackets": "http://[127.0.0.1]/",
}


@pytest.mark.parametrize("url", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_address_without_one_plain_reading_is_refused(url: str) -> None:
    with pytest.raises(Denied):
        guard.place_of(url)


def test_a_password_in_an_address_is_told_apart_from_other_faults() -> None:
    with pytest.raises(Denied, match="user name or password") as refusal:
        guard.place_of("https://user:s3cret@paper.example/")
    assert "s3cret" not in str(refusal.value)


PLAIN = {
    "as it is": ("https://paper.example/feed?x=1", "https://paper.example/feed?x=1"),
    "no path": ("https://paper.example", "https://paper.example/"),
    "query only": ("https://paper.example?x", "https://paper.example/?x"),
    "empty query": ("https://paper.example/feed?", "https://paper.example/feed?"),
    "no fragment": ("https://paper.example/a#b?c", "https://paper.example/a"),
    "lower case": ("HTTPS://PAPER.Example/A", "https://paper.example/A"),
    "usual port": ("http://paper.example:80/", "http://paper.example/"),
    "empty port": ("http://paper.example:/", "http://paper.example/"),
    "other port of the web": ("http://paper.example:443/", "http://paper.example:443/"),
    "dot at the end": ("https://paper.example./", "https://paper.example/"),
    "blanks around": ("  https://paper.example/ \n", "https://paper.example/"),
    "blank in the path": ("https://paper.example/a b?c d", "https://paper.example/a%20b?c%20d"),
    "escapes stay": ("https://paper.example/a%2Fb?c=%26", "https://paper.example/a%2Fb?c=%26"),
    "letters beyond ASCII": ("https://paper.example/ä?ö", "https://paper.example/%C3%A4?%C3%B6"),
    "backslash in the query": ("https://paper.example/?a\\b", "https://paper.example/?a%5Cb"),
    "dots": ("https://paper.example/a/../b/./c", "https://paper.example/b/c"),
    "dots above the root": ("https://paper.example/../../a", "https://paper.example/a"),
    "escaped dots": ("https://paper.example/a/%2e%2E/b", "https://paper.example/b"),
    "dots at the end": ("https://paper.example/a/b/..", "https://paper.example/a/"),
    "dot file": ("https://paper.example/.well-known/x", "https://paper.example/.well-known/x"),
    "umlaut in the host": ("https://zürich.example/", "https://xn--zrich-kva.example/"),
    "full-width host": ("https://ｐａｐｅｒ．example/", "https://paper.example/"),
    "underscore": ("https://my_paper.example/", "https://my_paper.example/"),
    "IPv4": ("http://93.184.215.14/", "http://93.184.215.14/"),
    "full-width IPv4": ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
    "IPv6": ("http://[2606:4700:0:0::1]:443/", "http://[2606:4700::1]:443/"),
    "IPv4 in IPv6": ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    "at sign in the path": ("https://social.example/@school", "https://social.example/@school"),
}


@pytest.mark.parametrize(("url", "plain"), PLAIN.values(), ids=PLAIN.keys())
def test_an_address_is_put_into_its_plain_form(url: str, plain: str) -> None:
    place = guard.place_of(url)
    assert place.url == plain
    assert guard.place_of(place.url) == place


@given(st.text())
def test_whatever_is_read_reads_the_same_again(text: str) -> None:
    try:
        place = guard.place_of(f"http://{text}")
    except Denied:
        return
    assert place.url.isascii()
    assert guard.place_of(place.url) == place


def test_a_listed_host_and_port_opens_that_port() -> None:
    place = guard.place_of("http://127.0.0.1:8481/x", {"127.0.0.1:8481"})
    assert place.listed
    assert place.key == "127.0.0.1:8481"
    assert guard.checked(place, [("127.0.0.1", 8481)]) == (("127.0.0.1", 8481),)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8482/", "http://localhost:8481/", "http://127.0.0.2:8481/"]
)
def test_a_listed_host_and_port_opens_no_other(url: str) -> None:
    with pytest.raises(Denied, match="is not a port of the web"):
        guard.checked(guard.place_of(url, {"127.0.0.1:8481"}), [])


def test_a_listed_host_on_a_web_port_is_not_listed_on_the_other() -> None:
    assert not guard.place_of("http://intranet.example/", {"intranet.example:443"}).listed


def test_all_addresses_of_a_name_must_be_public() -> None:
    place = guard.place_of("https://paper.example/")
    assert guard.checked(place, [("8.8.8.8", 443), ("1.1.1.1", 443)]) == (("8.8.8.8", 443), ("1.1.1.1", 443))
    with pytest.raises(Denied, match="not public"):
        guard.checked(place, [("8.8.8.8", 443), ("10.0.0.1", 443)])


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://intranet/",
        "http://printer.local/",
        "http://a.localhost/",
        "http://metadata.google.internal/",
        "http://router.lan/",
        "http://nas.home.arpa/",
        "http://127.0.0.1/",
        "http://[::1]/",
    ],
)
def test_a_proxy_is_not_asked_for_names_of_the_local_network(url: str) -> None:
    with pytest.raises(Denied):
        guard.check_unresolved(guard.place_of(url))


@pytest.mark.parametrize("url", ["http://paper.example/", "http://8.8.8.8/"])
def test_a_proxy_is_asked_for_public_names(url: str) -> None:
    guard.check_unresolved(guard.place_of(url))


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("127.0.0.1:8481", "127.0.0.1:8481"),
        (" LOCALHOST:8481 ", "localhost:8481"),
        ("[0:0::1]:8481", "[::1]:8481"),
        ("feeds.school.test:80", "feeds.school.test:80"),
    ],
)
def test_an_exception_names_host_and_port(entry: str, key: str) -> None:
    assert guard.private_place(entry) == key


@pytest.mark.parametrize(
    "entry", ["", "127.0.0.1", "127.0.0.1:", ":80", "127.1:80", "*:80", "host:0", "host:65536", "http://a:80"]
)
def test_an_exception_that_names_less_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="expected host and port"):
        guard.private_place(entry)


def test_no_refusal_repeats_a_query() -> None:
    for url in ["http://paper.example:81/?token=s3cret", "http://u@h/?token=s3cret", "ftp://h/?token=s3cret"]:
        with pytest.raises(Denied) as refusal:
            guard.place_of(url)
        assert "s3cret" not in str(refusal.value)
