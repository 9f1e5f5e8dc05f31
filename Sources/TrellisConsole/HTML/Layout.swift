/// What all pages have around them.
struct Layout {
    /// Shown beside the name, for example `123456789012 · us-east-1`.
    var whereabouts: String
    /// `nil` for somebody who is not signed in.
    var csrfToken: String?
    /// What the last form did.
    var notice: Notice?

    func document(_ page: Page) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(page.title) · Trellis</title>
        \(page.refreshSeconds.map { "<noscript><meta http-equiv=\"refresh\" content=\"\($0)\"></noscript>" as HTML })
        <link rel="icon" href="/console/assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/console/assets/console.css">
        \(page.scripts.map { "<script type=\"module\" src=\"/console/assets/\($0)\"></script>" as HTML })
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
        <a class="brand" href="/console">Trellis</a>
        <span class="whereabouts">\(whereabouts)</span>
        \(signOut)
        </header>
        \(csrfToken == nil ? .empty : navigation(page))
        <main id="main" tabindex="-1">
        \(breadcrumbs(page))
        <h1>\(page.title)</h1>
        \(notice.map(\.html))
        \(page.content)
        </main>
        </body>
        </html>

        """
    }

    private var signOut: HTML {
        guard let csrfToken else { return .empty }
        return """
            <form method="post" action="/console/sign-out">\(Form.csrfField(csrfToken))
            <button class="plain">Sign out</button></form>
            """
    }

    private func navigation(_ page: Page) -> HTML {
        let entries = Page.Section.allCases.map { section -> HTML in
            """
            <li><a href="\(section.path)"\(attribute: "aria-current", section == page.section ? "page" : nil)>\
            \(section.rawValue)</a></li>
            """
        }
        return "<nav class=\"sections\" aria-label=\"Sections\"><ul>\(entries)</ul></nav>"
    }

    private func breadcrumbs(_ page: Page) -> HTML {
        guard !page.crumbs.isEmpty else { return .empty }
        let entries = page.crumbs.map { "<li><a href=\"\($0.path)\">\($0.title)</a></li>" as HTML }
        return "<nav class=\"crumbs\" aria-label=\"Breadcrumbs\"><ol>\(entries)</ol></nav>"
    }
}

/// A sentence above a page.
package struct Notice: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case done
        case problem
    }

    package var kind: Kind
    package var text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    package var html: HTML {
        "<p class=\"notice \(kind.rawValue)\" role=\"\(kind == .done ? "status" : "alert")\">\(text)</p>"
    }
}
