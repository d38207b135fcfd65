import Foundation
import Testing

/// The manifest's `graph` array is the architecture; the sources must say exactly the same.
@Suite struct ImportGraphTests {
    private struct Room {
        let name: String
        let imports: [String]
        let products: [String]
    }

    /// Modules of the toolchain that each target may use besides.
    private static let systemModules: Set<String> = [
        "Glibc", "Dispatch", "Synchronization", "Swift",
    ]
    /// Foundation makes a binary larger by megabytes and its JSON is lenient: no target may have any part of it.
    private static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]

    private static func rooms() throws -> [Room] {
        let manifest = try Repository.text("Package.swift")
        let pattern = /Room\(\s*name: "(\w+)",\s*imports: \[([^\]]*)\](.*(?:\n +products:.*)?)/
        return manifest.matches(of: pattern).map { match in
            Room(
                name: String(match.1), imports: quoted(match.2),
                products: products(String(match.3)))
        }
    }

    private static func quoted(_ text: some StringProtocol) -> [String] {
        String(text).matches(of: /"(\w+)"/).map { String($0.1) }
    }

    private static func products(_ text: String) -> [String] {
        var names = text.matches(of: /name: "(\w+)"/).map { String($0.1) }
        if text.contains("collections") { names += ["Collections", "DequeModule", "HeapModule", "OrderedCollections"] }
        if text.contains("argumentParser") { names.append("ArgumentParser") }
        return names
    }

    private static func wired() throws -> [String] {
        let manifest = try Repository.text("Package.swift")
        let match = try #require(manifest.firstMatch(of: /let wired = \[([^\]]*)\]/))
        return quoted(match.1)
    }

    private static func imports(of target: String) throws -> Set<String> {
        var found: Set<String> = []
        for path in Repository.swiftFiles(of: target) {
            for line in try SourceCode(path: path).lines where line.contains("import ") {
                if let match = line.firstMatch(
                    of:
                        /^\s*(?:@\w+(?:\(\w+\))? )*(?:package |internal |private |fileprivate )?import (?:struct |class |enum |func |protocol )?(\w+)/
                ) {
                    found.insert(String(match.1))
                }
            }
        }
        return found
    }

    @Test func theManifestListsEveryFolder() throws {
        let known = try Set(Self.rooms().map(\.name)).union(["CSystem", "CKernels", "COpenSSL", "michat"])
        #expect(try Set(Repository.targets()) == known)
    }

    @Test func importsPointToLowerLayersOnly() throws {
        let rooms = try Self.rooms()
        #expect(rooms.count >= 16)
        var layers: [String: Int] = ["CSystem": 0, "CKernels": 0, "COpenSSL": 0]
        for room in rooms {
            let below = room.imports.map { layers[$0] }
            #expect(!below.contains(nil), "\(room.name) stands in the graph before something that it imports")
            layers[room.name] = (below.compactMap(\.self).max() ?? -1) + 1
        }
    }

    @Test func everySourceImportsOnlyWhatItsRoomMay() throws {
        for room in try Self.rooms() {
            let allowed = Set(room.imports + room.products).union(Self.systemModules)
            let extra = try Self.imports(of: room.name).subtracting(allowed)
            #expect(extra.isEmpty, "\(room.name) imports \(extra.sorted())")
        }
        let allowed = try Set(Self.wired() + ["ArgumentParser"]).union(Self.systemModules)
        let extra = try Self.imports(of: "michat").subtracting(allowed)
        #expect(extra.isEmpty, "michat imports \(extra.sorted())")
    }

    @Test func everyRoomOfTheManifestIsUsed() throws {
        for room in try Self.rooms() {
            let unused = try Set(room.imports).subtracting(Self.imports(of: room.name))
            #expect(unused.isEmpty, "\(room.name) is given \(unused.sorted()) and does not import it")
        }
        let unused = try Set(Self.wired()).subtracting(Self.imports(of: "michat"))
        #expect(unused.isEmpty, "michat is given \(unused.sorted()) and does not import it")
    }

    @Test func foundationIsInNoTarget() throws {
        for target in try Repository.targets() {
            let found = try Self.imports(of: target).intersection(Self.foundation)
            #expect(found.isEmpty, "\(target) imports \(found.sorted())")
        }
    }
}
