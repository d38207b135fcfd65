import Conformance
import Testing

/// Statements judged on recorded answers: they hold for good ones and fail, with what was seen, for each spoilt one.
@Suite struct StatementTests {
    private static let judged = [1, 2, 3, 5, 14, 15, 16, 18, 19, 20, 21, 22, 28]

    @Test(arguments: judged.filter { $0 != 20 }) func aGoodServerPasses(number: Int) throws {
        let row = try RecordedServer().judge(number)
        #expect(row.status == .pass, "\(number): \(row.seen)")
    }

    private struct Fault: Sendable, CustomTestStringConvertible {
        let number: Int
        let seen: String
        var isInStream = true
        let old: String
        let new: String
        var testDescription: String { "\(number): \(seen)" }
    }

    private static let faults = [
        Fault(number: 2, seen: "a carriage return at byte", old: "\n\n", new: "\r\n\r\n"),
        Fault(number: 2, seen: "a frame that is not one line of data", old: "data: {", new: "event: x\ndata: {"),
        Fault(number: 2, seen: "a last event without its empty line", old: "[DONE]\n\n", new: "[DONE]\n"),
        Fault(number: 2, seen: "data that is no JSON", old: "data: {", new: "data: {{"),
        Fault(number: 2, seen: "an empty frame", old: "data: [DONE]", new: "\n\ndata: [DONE]"),
        Fault(number: 3, seen: "chat: 0 times [DONE]", old: "data: [DONE]\n\n", new: ""),
        Fault(number: 3, seen: "chat: an event after [DONE]", old: "[DONE]\n\n", new: "[DONE]\n\ndata: {}\n\n"),
        Fault(number: 3, seen: "chat: bytes after [DONE]", old: "[DONE]\n\n", new: "[DONE]\n\n: x\n\n"),
        Fault(number: 5, seen: "an event with empty data", old: "data: [DONE]", new: "data: \n\ndata: [DONE]"),
        Fault(number: 14, seen: "the first delta of choice 0 has no role", old: #""role": "assistant", "#, new: ""),
        Fault(
            number: 14, seen: "1 later deltas have a role", old: #"{"content": "Ri"}"#,
            new: #"{"role": "assistant", "content": "Ri"}"#),
        Fault(number: 15, seen: "“Ri…” instead of “Rivers…”", old: #""vers""#, new: #""""#),
        Fault(number: 16, seen: "choice 0 ends 0 times", old: #""stop""#, new: "null"),
        Fault(number: 16, seen: "a chunk without finish_reason", old: #", "finish_reason": null"#, new: ""),
        Fault(number: 18, seen: "a chunk with 0 choices", old: #""choices": [{"#, new: #""choices": [], "x": [{"#),
        Fault(number: 19, seen: "a delta that says nothing", old: #"{"content": "Ri"}"#, new: #"{"content": ""}"#),
        Fault(number: 22, seen: "3 + 2 ≠ 6", isInStream: false, old: #""total_tokens": 5"#, new: #""total_tokens": 6"#),
        Fault(
            number: 22, seen: "streamed, prompt_tokens differs", old: #"prompt_tokens": 3, "completion_tokens": 2"#,
            new: #"prompt_tokens": 2, "completion_tokens": 3"#),
        Fault(
            number: 28, seen: "refusal is not null but absent", isInStream: false, old: #", "refusal": null"#, new: ""),
        Fault(
            number: 1, seen: "a whole answer as text/html", isInStream: false, old: "application/json", new: "text/html"
        ),
    ]

    @Test(arguments: faults) private func aSpoiltServerFails(fault: Fault) throws {
        let server = RecordedServer { text, isStream in
            isStream == fault.isInStream ? text.replacing(fault.old, with: fault.new) : text
        }
        let row = try server.judge(fault.number)
        #expect(row.status == .fail && row.seen.hasPrefix(fault.seen), "\(row.seen)")
    }

    @Test func whatNobodyCanTellIsNotJudged() throws {
        for (number, why) in [(59, "not asked for: --overload"), (60, "no stream failed"), (61, "no key was given")] {
            let row = try RecordedServer().judge(number)
            #expect(row.status == .skip && row.seen.hasPrefix(why), "\(row.seen)")
        }
    }

    @Test func halfAnAnswerIsNone() throws {
        let server = RecordedServer { text, isStream in
            isStream ? text : text.replacing("content-length: ", with: "content-length: 9")
        }
        let row = try server.judge(28)
        #expect(row.status == .fail && row.seen == "answered with closed in the middle of the answer", "\(row.seen)")
    }
}

/// How verdicts are shown.
@Suite struct ConformReportTests {
    @Test func theManualListsEveryStatementOnce() {
        let numbers = Statement.all.map(\.number)
        #expect(numbers == Array(1...65))
        let lines = ConformReport.manual.split(separator: "\n")
        #expect(lines.count == 67 && lines[2] == "| 1 | Headers of streamed and whole answers |")
    }

    @Test func aRowIsOneLineWhateverAServerSays() throws {
        let server = RecordedServer { text, isStream in
            isStream
                ? text : text.replacing(#""Rivers""#, with: #""a\nb\u001b[2J\#(String(repeating: "x", count: 300))""#)
        }
        let row = try server.judge(15)
        #expect(row.status == .fail && row.seen.count <= 160 && !row.seen.contains("\u{1b}"))
        let line = ConformReport.text(row)
        #expect(!line.contains("\n") && line.hasPrefix("15  fail  Deltas join to the unstreamed content"))
    }
}
