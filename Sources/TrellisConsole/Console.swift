package import NIOCore
package import TrellisAPI
package import TrellisFunctionHost
package import TrellisModel

/// The web console: pages over the operations of the AWS APIs.
package struct Console: Sendable {
    package struct Configuration: Sendable {
        /// The name or address that the operator port listens at.
        package var host: String
        /// Where listeners are bound, for links to services; see `DataPlaneConfiguration`.
        package var portOffset: Int

        package init(host: String, portOffset: Int) {
            self.host = host
            self.portOffset = portOffset
        }
    }

    /// Answers the JSON object of a question as `POST /explain` does.
    package typealias Explain = @Sendable (_ question: ByteBuffer) async throws -> APIResponse

    private let guardian: RequestGuard
    private let sessions: Sessions
    private let routes: [ConsoleRoute]
    private let whereabouts: String

    /// - Parameters:
    ///   - packages: Where the code of functions is.
    ///   - links: What sign-in links are checked with.
    ///   - moreRoutes: Pages of other parts, before the console's own.
    package init(
        configuration: Configuration, operations: Operations, packages: PackageStore, explain: @escaping Explain,
        links: SignInLinks, clock: any WallClock,
        random: any RandomSource, moreRoutes: [ConsoleRoute] = []
    ) {
        guardian = RequestGuard(host: configuration.host)
        let sessions = Sessions(links: links, clock: clock, random: random)
        self.sessions = sessions
        let signOut = ConsoleRoute("POST", "/console/sign-out") { request in
            sessions.signOut(request.session)
            return .redirect(to: ConsolePath.root, nil)
        }
        routes =
            [signOut] + moreRoutes
            + ConsoleRoutes(
                configuration: configuration, operations: operations, packages: packages, explain: explain
            ).all
        whereabouts = "\(operations.caller.account) · \(operations.caller.region)"
    }

    /// Answers a request whose path is ``ConsolePath/root`` or under it.
    package func respond(to request: ConsoleRequest) async -> APIResponse {
        var response = await answer(request)
        response.headers += Self.headers
        if !response.headers.contains(where: { $0.name == "cache-control" }) {
            response.headers.append(("cache-control", "no-store"))
        }
        return response
    }

    /// On every answer: nothing from elsewhere, nothing inline, in no frame.
    private static let headers = [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
    ]

    private func answer(_ request: ConsoleRequest) async -> APIResponse {
        if let refusal = guardian.refusal(of: request) {
            return render(problemPage("Refused", refusal, status: 403), session: nil)
        }
        if let asset = Assets.response(to: request) { return asset }
        if request.path == "/console/sign-in" { return signIn(request) }
        let cookie = RequestGuard.cookie(RequestGuard.cookieName(request.headers), in: request.headers)
        guard let session = cookie.flatMap(sessions.session) else {
            return render(SignInPages.instructions(status: 401), session: nil)
        }
        return await answer(request, session)
    }

    private func answer(_ request: ConsoleRequest, _ session: ConsoleSession) async -> APIResponse {
        let segments = request.path.split(separator: "/")
        guard let query = QueryItems(request.query) else {
            return render(problemPage("Bad request", "The address cannot be decoded.", status: 400), session: session)
        }
        let matches = routes.compactMap { route in route.path.match(segments).map { (route, $0) } }
        guard let (route, labels) = matches.first(where: { $0.0.method == request.method }) else {
            let page =
                matches.isEmpty
                ? problemPage("Not found", "There is no such page.", status: 404)
                : problemPage("Method not allowed", "The page does not take \(request.method).", status: 405)
            return render(page, session: session)
        }
        var page = PageRequest(path: request.path, labels: labels, query: query, session: session)
        if route.method != "GET" {
            guard let body = try? await request.collect(route.bodyLimit) else {
                return render(
                    problemPage("Too large", "The form is larger than \(route.bodyLimit) bytes.", status: 413),
                    session: session)
            }
            guard let form = FormValues(contentType: request.headers["content-type"], body: body) else {
                return render(problemPage("Bad request", "The form cannot be read.", status: 400), session: session)
            }
            guard ConstantTime.isEqual(form["csrf"], session.csrfToken) else {
                return render(
                    problemPage("Refused", "The form is from another sign-in. Open the page again.", status: 403),
                    session: session)
            }
            page.form = form
        }
        return await answer(page, route)
    }

    private func answer(_ request: PageRequest, _ route: ConsoleRoute) async -> APIResponse {
        let answer: ConsoleAnswer
        do {
            answer = try await route.handle(request)
        } catch let failure as OperationFailure {
            answer = .page(problemPage(failure.type, failure.message, status: failure.status))
        } catch {
            answer = .page(problemPage("Internal error", "The page cannot be made.", status: 500))
        }
        switch answer {
        case .page(let page): return render(page, session: request.session)
        case .response(let response): return response
        case .redirect(let path, let notice):
            if let notice { sessions.keep(notice, for: request.session) }
            return APIResponse(status: 303, headers: [("location", path)])
        }
    }

    // MARK: Sign-in

    /// The page goes on to the overview by itself: a redirect of a click elsewhere would not bring the strict cookie along.
    private func signIn(_ request: ConsoleRequest) -> APIResponse {
        let token = QueryItems(request.query)?["token"] ?? ""
        guard request.method == "GET", let session = sessions.signIn(token: token) else {
            return render(SignInPages.refused, session: nil)
        }
        var response = render(SignInPages.welcome, session: nil)
        let name = RequestGuard.cookieName(request.headers)
        response.headers.append(("set-cookie", "\(name)=\(session.id); Path=/console; HttpOnly; SameSite=Strict"))
        response.headers.append(("refresh", "0; url=/console"))
        return response
    }

    // MARK: Pages

    private func render(_ page: Page, session: ConsoleSession?) -> APIResponse {
        let layout = Layout(
            whereabouts: session == nil ? "" : whereabouts, csrfToken: session?.csrfToken,
            notice: session.flatMap(sessions.takeNotice))
        return APIResponse(
            status: page.status, headers: [("content-type", "text/html; charset=utf-8")],
            body: ByteBuffer(string: layout.document(page).text))
    }

    private func problemPage(_ title: String, _ text: String, status: Int) -> Page {
        Page(
            title, in: .home, status: status,
            content: "\(Notice(.problem, text).html)<p><a href=\"/console\">Overview</a></p>")
    }
}
