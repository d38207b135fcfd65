import Engine
import Kernels
import Models
import Platform
import Service
import Serving
import Settings
import Testing

/// Words of settings become what they stand for, or the start fails: nothing falls back on something else.
@Suite struct ChoicesTests {
    private static let rows: [(key: String, path: any WritableKeyPath<Configuration, String> & Sendable)] =
        SettingsTable.rows.compactMap { row in
            guard case .choice(let path, _) = row.kind else { return nil }
            return (row.key, path)
        }

    private static func words(of key: String) throws -> [String] {
        guard case .choice(_, let words)? = SettingsTable.row(key)?.kind else { return [] }
        return words
    }

    /// Everything that is made of settings without a model's weights. The model has a drafting layer, so that every source
    /// of drafts goes with it.
    private static func wire(_ settings: Configuration) throws -> ServingPlan {
        _ = try Wiring.service(settings, version: "0")
        _ = try Wiring.log(settings, label: "test")
        _ = try Wiring.trace(settings)
        _ = try Wiring.speculation(settings)
        return try ServingPlan(ModelFile(settings), settings)
    }

    @Test(arguments: rows.map(\.key))
    func house7_everyWordOfAChoiceGoesThroughTheWiring(key: String) throws {
        var meanings: [Choices] = []
        for word in try Self.words(of: key) {
            let settings = try Fixtures.settings(Fixtures.checkpoint("mimo-tiny"), [key: word])
            #expect(throws: Never.self) { try Self.wire(settings) }
            meanings.append(try Choices(settings))
        }
        for (index, meaning) in meanings.enumerated() {
            #expect(!meanings[..<index].contains(meaning), "two words of \(key) mean the same")
        }
    }

    @Test(arguments: rows.map(\.key))
    func house7_aWordWithoutAMeaningIsAFailedStart(key: String) throws {
        let path = try #require(Self.rows.first { $0.key == key }?.path)
        var settings = try Fixtures.settings(Fixtures.checkpoint("mimo-tiny"))
        settings[keyPath: path] = "mispelt"
        let error = #expect(throws: ServingError.self) { try Self.wire(settings) }
        #expect(error?.description.contains("\(key): ") == true && error?.description.contains("'mispelt'") == true)
    }

    /// A new row of the table without a meaning is found here.
    @Test func house7_everyChoiceOfTheTableIsRead() throws {
        let read = Mirror(reflecting: try Choices(Configuration())).children.count
        #expect(read == Self.rows.count)
    }

    /// What a word stands for arrives where it is used.
    @Test func house7_theWordsArriveInThePlanAndTheEngine() throws {
        let model = Fixtures.checkpoint("mimo-tiny")
        for format in KVFormat.allCases {
            let plan = try Self.wire(Fixtures.settings(model, ["engine.kv_format": format.rawValue]))
            #expect(plan.extent.kvFormat == format)
        }
        for (word, isDrafting) in [("mtp", true), ("auto", true), ("ngram", false), ("none", false)] {
            let settings = try Fixtures.settings(model, ["engine.speculative": word])
            #expect(try (Self.wire(settings).extent.drafting != nil) == isDrafting)
            #expect(try Wiring.speculation(settings).kind.rawValue == word)
        }
        for word in ["pre_norm", "post_norm"] {
            let plan = try Self.wire(Fixtures.settings(model, ["engine.draft_hidden": word]))
            #expect(plan.extent.drafting?.hiddenState.rawValue == word)
        }
        for format in ActivationFormat.allCases {
            let settings = try Fixtures.settings(
                model, ["engine.activations": format.rawValue, "engine.instruction_set": "scalar"])
            let compute = try LoadedModel.compute(settings)
            #expect(compute.activations == format && compute.instructionSet == .scalar)
        }
        for (word, isOpen) in [("open", true), ("closed", false)] {
            let settings = try Fixtures.settings(model, ["structured.additional_properties": word])
            #expect(try Wiring.service(settings, version: "0").structured.allowsAdditional == isOpen)
        }
    }

    @Test func kernelsThatThisProcessorLacksAreNamed() throws {
        let missing = InstructionSet.allCases.filter {
            $0 != .amxEmulated && !InstructionSet.available.contains($0)
        }
        for set in missing {
            let settings = try Fixtures.settings("", ["engine.instruction_set": set.rawValue])
            let error = #expect(throws: ServingError.self) { try LoadedModel.compute(settings) }
            #expect(error?.description.hasPrefix("this processor cannot run \(set.rawValue); it can run ") == true)
        }
    }
}
