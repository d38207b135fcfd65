import Testing

/// The pages that describe the house name what stands in it.
@Suite struct MapTests {
    private static let folder = "Sources/michat/michat.docc/"
    private static let pages = ["Architecture", "Threads", "LifeOfARequest", "AddingThings"]
    /// Names in backticks that belong to others, or to a pattern.
    private static let foreign: Set<String> = ["NAME", "Package", "README"]

    /// Layers as the comments of the manifest's graph give them.
    private static func layers() throws -> [String: Int] {
        var result: [String: Int] = [:]
        var layer = 0
        for line in try Repository.text("Package.swift").split(separator: "\n") {
            if let match = line.firstMatch(of: /\/\/ layer (\d+)/) { layer = Int(match.1) ?? 0 }
            if let match = line.firstMatch(of: /name: "(\w+)",/), result[String(match.1)] == nil, line.contains("(name")
            {
                result[String(match.1)] = layer
            }
            if line.hasPrefix("]") { break }
        }
        return result
    }

    @Test func house10_thePageOfTheArchitectureHasARowForEachTarget() throws {
        let page = try Repository.text(Self.folder + "Architecture.md")
        var rows: [String: Int] = [:]
        for match in page.matches(of: /\n\| (\d+) \| ([\w, ]+?) \|/) {
            for name in match.2.split(separator: ", ") { rows[String(name)] = Int(match.1) }
        }
        let targets = try Repository.targets()
        for target in targets { #expect(rows[target] != nil, "Architecture.md has no row for \(target)") }
        for name in rows.keys { #expect(targets.contains(name), "Architecture.md has a row for \(name)") }
        for (name, layer) in try Self.layers() where rows[name] != nil {
            #expect(rows[name] == layer, "Architecture.md puts \(name) on another layer than the manifest")
        }
    }

    @Test(arguments: pages) func house10_aPageNamesFilesThatExist(page: String) throws {
        let files =
            Repository.files(below: "Sources", endings: ["swift", "c", "h"])
            + Repository.files(below: "Tests", endings: ["swift", "py", "json"])
            + Repository.files(below: "scripts", endings: [""])
            + Repository.files(below: "Benchmarks", endings: ["py", "md"])
        for match in try Repository.text(Self.folder + page + ".md").matches(
            of: /`([\w\/.+-]+\.(?:swift|c|h|py|json|txt))`/)
        {
            let name = String(match.1)
            guard !name.contains("NAME"), !name.hasPrefix("/"),
                !Self.foreign.contains(where: { name.hasPrefix($0 + ".") })
            else { continue }
            let isThere =
                files.contains { $0.hasSuffix("/" + name) || $0 == name } || (try? Repository.text(name)) != nil
                || (try? Repository.text("Tests/Clients/" + name)) != nil
            #expect(isThere, "\(page).md names the file \(name)")
        }
    }

    @Test(arguments: pages) func house10_aPageNamesTypesThatExist(page: String) throws {
        var words: Set<Substring> = []
        for path in Repository.files(below: "Sources", endings: ["swift", "h"]) + ["Package.swift"] {
            words.formUnion(try Repository.text(path).split { !$0.isLetter && !$0.isNumber && $0 != "_" })
        }
        let tests = Repository.files(below: "Tests", endings: ["swift"]).compactMap {
            $0.split(separator: "/").last?.split(separator: ".").first
        }
        words.formUnion(tests)
        words.formUnion(try Repository.targets().map { Substring($0) })
        for match in try Repository.text(Self.folder + page + ".md").matches(of: /`([A-Za-z_][\w.]*)`/) {
            // `Type.member` names both.
            for part in match.1.split(separator: ".") where !Self.foreign.contains(String(part)) {
                let isFile = match.1.contains(/\.(?:swift|c|h|py|json|txt|md)$/)
                #expect(isFile || words.contains(part) || words.contains(part + "Tests"), "\(page).md names \(match.1)")
            }
        }
    }
}
