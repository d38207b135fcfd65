import Testing

/// What may stand in the sources, and what must.
@Suite struct HouseStyleTests {
    private static let swift = Repository.files(below: "Sources", endings: ["swift"])
    private static let folderNames = ["Common", "Core", "Utils", "Shared", "Helpers", "Manager"]

    @Test func nothingIsLeftUnfinishedOrStopsTheProcessByHand() throws {
        let banned = ["try!", "fatalError(", "as!", ".disabled("]
        for path in Self.swift {
            for (number, line) in try SourceCode(path: path).lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(path):\(number + 1): \(line)")
                }
            }
        }
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        for path in Repository.files(below: "Sources", endings: ["swift", "c", "h", "md"]) {
            let words = Set(try Repository.text(path).split { !$0.isLetter }.map(String.init))
            #expect(words.isDisjoint(with: marks), "\(path) holds a mark of unfinished work")
        }
    }

    @Test func nothingIsUnwrappedByForce() throws {
        for path in Self.swift {
            for (number, line) in try SourceCode(path: path).lines.enumerated()
            where line.contains("!") && line.contains(/[\w\)\]"]!(?:[\s\.\)\],:\[]|$)/) {
                Issue.record("\(path):\(number + 1): \(line)")
            }
        }
    }

    /// A word that is looked up and not found is an error, not another word.
    @Test func house7_noWordOfASettingFallsBackOnAnother() throws {
        for path in Repository.swiftFiles(of: "Serving") + Repository.swiftFiles(of: "michat") {
            for (number, line) in try SourceCode(path: path).lines.enumerated()
            where line.contains(/\b(?:rawValue|spelling): .*\) \?\?/) {
                Issue.record("\(path):\(number + 1): \(line)")
            }
        }
    }

    @Test func everyPackageDeclarationIsDocumented() throws {
        for path in Self.swift {
            let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where Self.declares(line) && !Self.isDocumented(lines, index) {
                Issue.record("\(path):\(index + 1) has no doc comment: \(line)")
            }
        }
    }

    @Test func noTargetHasANameThatSaysNothing() throws {
        for target in try Repository.targets() {
            #expect(!Self.folderNames.contains { target.contains($0) })
        }
    }

    @Test func noPlaceholderIsLeft() {
        #expect(!Repository.files(below: "Sources", endings: ["swift"]).contains { $0.contains("Placeholder") })
        #expect(!Repository.files(below: "Tests", endings: ["swift"]).contains { $0.contains("Placeholder") })
    }

    private static func declares(_ line: Substring) -> Bool {
        line.contains("package ") && line.contains(/^\s*(?:@\S+ )*package (?!import|extension|private\(set\) (?!var))/)
            && !line.contains("package import")
            && !line.contains(/^\s*package override\b/)
    }

    /// A doc comment, possibly above attributes; members of a protocol conformance carry theirs in the protocol.
    private static func isDocumented(_ lines: [Substring], _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0, lines[above].contains(/^\s*@\w+/) { above -= 1 }
        return above >= 0 && lines[above].contains(/^\s*\/\/\//)
    }
}
