// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses Trellis builds it.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "trellis-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "trellis", path: ".."),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    ],
    targets: [
        // Counts allocations by standing in for malloc, and gives callgrind a function to begin and end at.
        .target(name: "CBenchmarkSupport"),
        .executableTarget(
            name: "EventBenchmark",
            dependencies: [
                "CBenchmarkSupport",
                .product(name: "TrellisLambdaEvent", package: "trellis"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
    ]
)
