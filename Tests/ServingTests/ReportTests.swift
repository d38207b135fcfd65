import Foundation
import JSON
import Models
import Serving
import Settings
import Testing

/// What is told about models, conversions and keys.
@Suite struct ReportTests {
    @Test func aReportSaysWhatIsInAModelAndWhetherItFits() throws {
        let settings = try Fixtures.settings(Fixtures.llama, ["engine.memory_bytes": "1GB"])
        let report = ModelReport(try ModelFile(settings), settings)
        #expect(report.isServable)
        let text = report.text(tensors: true, metadata: true)
        for line in ["parameters     366.2 k (366240) in 29 tensors", "verdict        fits", "token_embd.weight"] {
            #expect(text.contains(line), "\(text)")
        }
        let json = report.json(tensors: false)
        #expect(json["parameters"]?.intValue == 366_240 && json["tensors"] == nil)
        #expect(json["serving"]?["fits"]?.boolValue == true)
        let small = try Fixtures.settings(Fixtures.llama, ["engine.memory_bytes": "1MB"])
        #expect(!ModelReport(try ModelFile(small), small).isServable)
    }

    @Test func aConversionSaysWhatItLeftOut() throws {
        func report(_ path: String, _ quantisation: Quantisation) throws -> ConversionReport {
            let model = try ModelFile(Fixtures.settings(path))
            let conversion = try ModelConversion(model.file, quantisation, includesDraft: false)
            return ConversionReport(conversion.outcomes, quantisation)
        }
        let blocks = try report(Fixtures.llama, .q4_k)
        #expect(
            blocks.notes == [
                "nothing was quantised: all matrices of the source are in blocks already and stay as they are"
            ])
        #expect(blocks.formats.hasPrefix("matrices: ") && blocks.formats.contains(" Q8_0"))
        let mixed = try report(Fixtures.checkpoint("qwen2-tiny"), .q4_k)
        #expect(mixed.notes.first?.contains("are no whole blocks of Q4_K: ") == true, "\(mixed.notes)")
        #expect(try report(Fixtures.checkpoint("qwen2-tiny"), .none).notes.isEmpty)
    }

    @Test(arguments: [
        (0.5, 0.5, 0.5, ""), (10, 0, 1, ""), (10, 0.25, 0.75, ", 30 s left"), (10, 0.5, 0, ""),
        (60, 0.25, 0.75, ", 3 min left"), (10.0, 0.1, 0.9, ", 90 s left"),
    ])
    func theTimeLeftIsToldOnceItIsKnown(elapsed: Double, done: Double, rest: Double, text: String) {
        #expect(LoadProgressBar.timeLeft(elapsed: elapsed, done: done, rest: rest) == text)
    }

    @Test func keysAreOneALine() throws {
        #expect(try APIKeyFile.keys(in: "\u{feff}a\n\n # no\n  b \r\nc", longestBytes: 1000) == ["a", "b", "c"])
        let wrong: [(String, String)] = [
            ("", "holds no key"), ("# a\n", "holds no key"), ("a b", "the key in line 1 contains a blank (U+0020)"),
            ("a\nb\u{7f}", "the key in line 2 contains a control character"),
            ("a\u{feff}", "the key in line 1 contains a character that nobody sees (U+FEFF)"),
            (
                String(repeating: "a", count: 745),
                "the key in line 1 has 745 bytes; the head of a request has room for 744 (http.max_head_bytes)"
            ),
        ]
        for (text, fault) in wrong {
            let error = #expect(throws: APIKeyFile.Failure.self) { try APIKeyFile.keys(in: text, longestBytes: 1000) }
            #expect(error?.description == fault)
        }
    }

    @Test func keysOfTheSettingsNameWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        var http = Configuration().http
        http.apiKeyFile = try folder.write("keys", Data("one\ntwo".utf8))
        http.apiKey = "zero"
        #expect(try APIKeyFile.keys(of: http) == ["zero", "one", "two"])
        http.apiKey = "a b"
        let setting = #expect(throws: ServingError.self) { try APIKeyFile.keys(of: http) }
        #expect(setting?.description == "http.api_key contains a blank (U+0020)")
        http.apiKey = ""
        http.apiKeyFile = try folder.write("none", Data("# none\n".utf8))
        let file = #expect(throws: ServingError.self) { try APIKeyFile.keys(of: http) }
        #expect(file?.description == "\(http.apiKeyFile): holds no key")
        http.apiKeyFile = folder.path + "/absent"
        let absent = #expect(throws: ServingError.self) { try APIKeyFile.keys(of: http) }
        #expect(absent?.description.contains("No such file") == true)
    }
}
