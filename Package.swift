// swift-tools-version:6.2
import PackageDescription

/// The module graph, bottom to top: a target may import only what stands on its line.
/// This array is the architecture; `ArchitectureTests` holds the sources against it.
struct Room {
    let name: String
    let imports: [String]
    var products: [Target.Dependency] = []
    /// What its tests import besides.
    var testImports: [String] = []
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")

let graph: [Room] = [
    // layer 0
    Room(name: "JSON", imports: []),
    Room(name: "HTTP", imports: []),
    Room(name: "Scheduling", imports: [], products: [collections]),
    Room(name: "Sampling", imports: []),
    Room(name: "LineEditing", imports: []),
    Room(name: "Settings", imports: [], products: [.product(name: "TOMLKit", package: "TOMLKit"), argumentParser]),
    Room(name: "Telemetry", imports: [], products: [.product(name: "Logging", package: "swift-log")]),
    // layer 1
    Room(name: "Platform", imports: ["CSystem", "COpenSSL"]),
    Room(name: "Tokenization", imports: ["JSON"], testImports: ["CAllocationCount"]),
    Room(name: "Templating", imports: ["JSON"]),
    Room(name: "OpenAI", imports: ["JSON"]),
    Room(name: "Grammar", imports: ["JSON", "Sampling"], testImports: ["CAllocationCount"]),
    // layer 2
    Room(name: "Kernels", imports: ["CKernels", "Platform"], testImports: ["CAllocationCount"]),
    Room(name: "Weights", imports: ["JSON", "Platform"]),
    Room(name: "HTTPServer", imports: ["HTTP", "Platform", "Telemetry"]),
    // layer 3
    Room(name: "Models", imports: ["Kernels", "Weights"], testImports: ["JSON"]),
    // layer 4
    Room(
        name: "Engine", imports: ["Models", "Kernels", "Scheduling", "Sampling", "Platform", "Telemetry"],
        products: [collections], testImports: ["CAllocationCount"]),
    // layer 5
    Room(
        name: "Service",
        imports: [
            "HTTP", "OpenAI", "Templating", "Tokenization", "Grammar", "Sampling", "Scheduling", "Engine", "JSON",
            "Telemetry", "Platform",
        ],
        testImports: ["Models", "Kernels"]),
    // layer 6
    Room(
        name: "Serving",
        imports: [
            "Settings", "Service", "Engine", "Models", "Kernels", "Weights", "Tokenization", "Templating", "OpenAI",
            "HTTP",
            "JSON", "Scheduling", "Sampling", "Telemetry", "Platform",
        ]),
]

/// What the executable wires together.
let wired = [
    "Settings", "Serving", "Service", "HTTPServer", "HTTP", "Engine", "Scheduling", "Sampling", "Models", "Kernels",
    "Weights",
    "Tokenization", "Templating", "Grammar", "OpenAI", "JSON", "Platform", "Telemetry",
    "LineEditing",
]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableExperimentalFeature("Lifetimes"),
]

/// The same optimisation in every configuration: kernels are the specification of the numbers.
let exactC: [CSetting] = [.unsafeFlags(["-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"])]

func targets(_ names: [String]) -> [Target.Dependency] { names.map { .target(name: $0) } }

let package = Package(
    name: "michat",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CSystem", cSettings: exactC),
        .target(name: "CKernels", cSettings: exactC),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount", cSettings: exactC),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    ]
        + graph.map {
            .target(name: $0.name, dependencies: targets($0.imports) + $0.products, swiftSettings: strict)
        }
        + [
            .executableTarget(
                name: "michat", dependencies: targets(wired) + [argumentParser], swiftSettings: strict)
        ]
        + graph.map {
            .testTarget(
                name: $0.name + "Tests",
                dependencies: targets([$0.name] + $0.imports.filter { !$0.hasPrefix("C") } + $0.testImports)
                    + $0.products,
                swiftSettings: strict)
        }
        + [
            .testTarget(name: "ArchitectureTests", dependencies: targets(["Settings"]), swiftSettings: strict),
            .testTarget(
                name: "GoldenTests",
                dependencies: targets([
                    "Models", "Engine", "Kernels", "Weights", "Tokenization", "Templating", "JSON", "Scheduling",
                    "Sampling", "Platform", "Telemetry", "CAllocationCount",
                ]),
                swiftSettings: strict),
            .testTarget(
                name: "EndToEndTests", dependencies: targets(["michat", "JSON", "Platform"]), swiftSettings: strict),
        ]
)
