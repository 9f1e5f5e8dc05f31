// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Fuzz targets for what others may not link: the sources stand here by symbolic links, so that they are of one package.
let package = Package(
    name: "fuzz-identity",
    dependencies: [.package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2")],
    targets: [
        .target(name: "TrellisModel", swiftSettings: settings),
        .target(name: "TrellisPolicy", dependencies: ["TrellisModel"], swiftSettings: settings),
        .target(
            name: "TrellisSignature", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzPolicy", dependencies: ["TrellisPolicy", "TrellisModel"], swiftSettings: settings),
        .executableTarget(name: "FuzzAuthorization", dependencies: ["TrellisSignature"], swiftSettings: settings),
    ]
)
