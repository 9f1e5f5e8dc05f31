/// A page of the console, without what all pages have around them.
package struct Page: Sendable {
    package struct Crumb: Sendable {
        package var title: String
        package var path: String

        package init(_ title: String, _ path: String) {
            self.title = title
            self.path = path
        }
    }

    package var title: String
    /// Which entry of the navigation is the current one.
    package var section: Section
    /// From the section to the parent of this page.
    package var crumbs: [Crumb]
    package var content: HTML
    /// Names of ES modules in `Assets`.
    package var scripts: [String]
    package var status: Int
    /// Reloads the page after so many seconds when scripts do not run.
    package var refreshSeconds: Int?

    package init(
        _ title: String, in section: Section, crumbs: [Crumb] = [], scripts: [String] = [], status: Int = 200,
        refreshSeconds: Int? = nil, content: HTML
    ) {
        self.title = title
        self.section = section
        self.crumbs = crumbs
        self.scripts = scripts
        self.status = status
        self.refreshSeconds = refreshSeconds
        self.content = content
    }

    /// The entries of the navigation, in their order.
    package enum Section: String, CaseIterable, Sendable {
        case home = "Overview"
        case serviceNetworks = "Service networks"
        case services = "Services"
        case targetGroups = "Target groups"
        case functions = "Functions"
        case traffic = "Traffic"

        package var path: String {
            switch self {
            case .home: ConsolePath.root
            case .serviceNetworks: ConsolePath.make("service-networks")
            case .services: ConsolePath.make("services")
            case .targetGroups: ConsolePath.make("target-groups")
            case .functions: ConsolePath.make("functions")
            case .traffic: ConsolePath.make("traffic")
            }
        }
    }
}
