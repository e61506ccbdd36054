"""What fuzzing has found: the inputs, kept as seeds and run by the tests.

By harness: what was wrong, and the bytes as the fuzzer left them or somewhat shorter.
"""

from __future__ import annotations

FOUND: dict[str, dict[str, bytes]] = {
    "lossless": {
        # repr(Encoded) showed the whole Content-Type that the decoder had been given.
        "repr of a Content-Type": (
            b"o\0\xfe\0\0\0\0\0\0multipart/mixed; boundary=b; a=s3cret0009\n--b--\r\n"
        ),
    },
    "encoder": {
        # Each operation was given the Content-ID that stood among a dialect's own part headers;
        # now there is no such dialect.
        "a dialect with a Content-ID": (
            b"\x80\1\xffb\xffb\xffb\xffb\xff+Content-ID\xfd1\xff+Content-Type\xfdapplication/http"
            b"\xfeO\xffPUT\xffa\xfeO\xffPUT\xffb"
        ),
    },
    "growth": {
        # correlate() gave each of n operations of one Content-ID a tuple of all n answers.
        "one Content-ID": (
            b"\5\0\0\0\0\0\0multipart/mixed; boundary=b\n\xff--b\r\nContent-Type: application/http"
            b"\r\n\r\nGET a HTTP/1.1\r\nContent-ID: 1\r\n\r\n\r\n\xff--b--\r\n"
        ),
        # Correlation.resolve() went through all outcomes for each link of a chain of references.
        "a chain of references": (
            b"\5\0\0\0\0\0\0multipart/mixed; boundary=b\n\xff--b\r\nContent-Type: application/http"
            b"\r\n\r\nPUT $1/a HTTP/1.1\r\nContent-ID: 1\r\nLocation: b\r\n\r\n\r\n\xff--b--\r\n"
        ),
        # It joined a URL that grew by a segment for each link, and kept each of them.
        "a chain of relative Locations": (
            b"\5\0\0\0\0\0\0multipart/mixed; boundary=b\n"
            b"--b\r\nContent-Type: application/http\r\n\r\n"
            b"PUT a HTTP/1.1\r\nContent-ID: 1\r\nLocation: b\r\n\r\n\r\n\xff"
            b"--b\r\nContent-Type: application/http\r\n\r\n"
            b"PUT $1/a HTTP/1.1\r\nContent-ID: 1\r\nLocation: b\r\n\r\n\r\n\xff--b--\r\n"
        ),
    },
    "upgrade": {
        # The UnicodeDecodeError behind an error held the whole body.
        "no UTF-8": (
            b"\5\xfeO\xffPOST\xff/jobs/j/tasks?api-version=2016-02-01.3.0\xff\xff"
            b'{"a":"s3cret0009\xc3"}\xffContent-ID\xfd1'
        ),
        # Targets with half of a surrogate pair, which differ: a UnicodeEncodeError.
        "half a pair": (
            b"\5\xfeO\xffPOST\xff/jobs/j/tasks?api-version=2016-02-01.3.0\xff\xff{}"
            b"\xffContent-ID\xfd1\xfe=\xff\xff/jobs/\x95/tasks\xff\xff\xffContent-ID\xfd2"
        ),
        # A target that no request line can hold went up, and did not come down.
        "no target": (
            b"\x0f\xfeO\xffPOST\xff/jobs/\x95/tasks?api-version=2016-02-01.3.0\xff\xff"
            b'{"id":"a","commandLine":"b"}\xffContent-ID\xfd1'
        ),
    },
    "downgrade": {
        "no UTF-8": (
            b"\5\xfeO\xffPOST\xff/jobs/j/addtaskcollection?api-version=2017-05-01.5.0\xff\xff"
            b'{"a":"s3cret0009\xc3"}'
        ),
    },
    "answers": {
        # A redirect became a refusal, which the harness did not know.
        "redirect": (
            b"\x18\x00\x08\x02\x1e\x00\x00\x00\x07\xfeO\xffPOST\xff/jobs/j/tasks?api-version="
            b'2016-02-01.3.0\xff\xff{"id":"a","commandLine":"b"}\xffContent-ID\xfd1\xfee'
        ),
    },
    "json": {
        "no UTF-8": b'\0"s3cret0009\xc3"',
        # repr(TaskCollectionResult) showed the URL in the annotation.
        "metadata": b'\0{"odata.metadata":"https://h/?sig=s3cret0009","value":[]}',
    },
    "signing": {
        # The UnicodeDecodeError behind an error held a value of the query.
        "query": b"\0\xfeO\xffGET\xff/jobs?a=s3cret0009%c3",
        # The UnicodeEncodeError behind an error held a value for the query.
        "value": (
            b"\4\x18\xff\xff\xff\xff\xffj\xfft\xff$select\xffs3cret0009\x80\xfeO\xffGET\xff/"
        ),
    },
    "transport": {
        # A request without a host, through a transport with another service: an IndexError.
        "no host": b"\5\0\x10\xfeO\xffGET\xff*?api-version=2016-02-01.3.0",
        # Two Content-Types: the first was believed.
        "two types": (
            b"\x18\x00\x14\x02\x00\x00\x00\x04\xff\xfeO\xffPOST\xffhttps://a/$batch?api-version="
            b"2014-10-01.1.0\xff\xff--b--\xffContent-Type\xfdmultipart/mixed; boundary=b"
            b"\xffContent-Type\xfdt"
        ),
        # A second request to another host goes out as it is; the harness took it for translated.
        "two hosts": (
            b"\x19\x00\x10\x03\x00\x00\x00\x05\x05\xfe\xff\xffhttp://a\xfe\xffPOST\xffhttp://m/$batch\xff"
            b"\xfeo\xff102"
        ),
    },
}
