import Testing
import TrellisConsole

@Suite struct HTMLTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onfocus='x' & more", "&quot; onfocus=&#39;x&#39; &amp; more"),
        // One character with the mark in front, and still the end of an attribute for a browser.
        ("\"\u{301} autofocus onfocus=x", "&quot;\u{301} autofocus onfocus=x"),
        ("<\u{338}b>", "&lt;\u{338}b&gt;"),
        ("&\u{20E3}amp;", "&amp;\u{20E3}amp;"),
        ("a\u{0}b", "a\u{FFFD}b"),
    ])
    func escapes(value: String, expected: String) {
        let inText: HTML = "<p>\(value)</p>"
        #expect(inText.text.utf8.elementsEqual("<p>\(expected)</p>".utf8))
        let inAttribute: HTML = "<p\(attribute: "title", value)></p>"
        #expect(inAttribute.text.utf8.elementsEqual("<p title=\"\(expected)\"></p>".utf8))
    }

    @Test func piecesAreNotEscapedAgain() {
        let inner: HTML = "<b>\("&")</b>"
        let outer: HTML =
            "<p>\(inner)\([inner, inner])\(nil as HTML?)\(attribute: "id", nil)\(flag: "hidden", if: true)</p>"
        #expect(outer.text == "<p><b>&amp;</b><b>&amp;</b><b>&amp;</b> hidden</p>")
    }
}
