/// What somebody sees who is not signed in.
enum SignInPages {
    static func instructions(status: Int) -> Page {
        Page(
            "Sign in", in: .home, status: status,
            content: """
                <p>Run this where the server runs, and open the link that it prints:</p>
                <pre class="code" tabindex="0">trellis console</pre>
                <p>A link works once and for ten minutes. With another data directory, add <code>--data-dir</code>.</p>
                """)
    }

    static var refused: Page {
        var page = instructions(status: 403)
        page.content =
            Notice(.problem, "This link was used before, is older than ten minutes, or is of another server.").html
            + page.content
        return page
    }

    static let welcome = Page(
        "Signed in", in: .home, content: "<p>You are signed in. <a href=\"/console\">Go on to the overview</a></p>")
}
