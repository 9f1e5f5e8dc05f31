import NIOCore
import Testing

@testable import TrellisConsole

@Suite struct FormValuesTests {
    @Test func readsFields() {
        let form = FormValues(
            contentType: "application/x-www-form-urlencoded",
            body: ByteBuffer(string: "name=+a%20b+&code=x%0D%0Ay&tag=1&tag=2&do=next"))
        #expect(form?["name"] == "a b")
        #expect(form?.text("code") == "x\ny")
        #expect(form?.values("tag") == ["1", "2"])
        #expect(form?.action == "next")
        #expect(form?["absent"] == "")
        #expect(form?.contains("absent") == false)
    }

    @Test(arguments: ["a=%zz", "a=%", "%ff=1"]) func refusesBrokenFields(body: String) {
        #expect(FormValues(contentType: nil, body: ByteBuffer(string: body)) == nil)
    }

    @Test func readsParts() throws {
        let body = """
            --b\r
            Content-Disposition: form-data; name="a %22b%22"\r
            \r
            one\r
            two\r
            --b\r
            content-disposition: form-data; name="zip"; filename="x;name=%22y%22.zip"\r
            Content-Type: application/zip\r
            \r
            PK--b\r
            --b\r
            Content-Disposition: form-data; name="none"; filename=""\r
            \r
            \r
            --b--\r

            """
        let form = try #require(
            FormValues(contentType: "multipart/form-data; boundary=\"b\"", body: ByteBuffer(string: body)))
        #expect(form.text("a \"b\"") == "one\ntwo")
        #expect(form.files == ["zip": .init(name: "x;name=\"y\".zip", bytes: Array("PK--b".utf8))])
    }

    static let broken: [String] = [
        "", "--b", "--b\r\n", "b\r\n", "--b\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv", "--b\r\nX: y\r\n\r\nv\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--bx",
    ]

    @Test(arguments: broken) func refusesBrokenParts(body: String) {
        #expect(FormValues(contentType: "multipart/form-data; boundary=b", body: ByteBuffer(string: body)) == nil)
    }

    @Test func refusesTooManyParts() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n"
        let body = String(repeating: part, count: 201) + "--b--"
        #expect(FormValues(contentType: "multipart/form-data; boundary=b", body: ByteBuffer(string: body)) == nil)
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Form-Data;Boundary=\"a b\"", "a b"),
        ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil), ("text/plain; boundary=x", nil),
        ("", nil),
    ]) func boundaries(type: String, expected: String?) {
        #expect(Multipart.boundary(of: type) == expected)
    }
}
