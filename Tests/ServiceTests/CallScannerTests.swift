import JSON
import OpenAI
import Service
import Testing

/// Calls in the text of answers, byte by byte.
@Suite struct CallScannerTests {
    private func rules(_ format: ToolFormat, mostCalls: Int = 128) throws -> CallScanner.Rules {
        CallScanner.Rules(
            format: format, functions: CallableFunctions(try ToolSamples.options().callable), mostCalls: mostCalls,
            isForced: false, isNamed: false)
    }

    /// What a text comes to, given in pieces of one length.
    private func read(
        _ text: [UInt8], _ rules: CallScanner.Rules, pieces: Int, isCut: Bool = false
    ) -> (reading: ToolSamples.Reading, isText: [Bool]) {
        var scanner = CallScanner(rules)
        var findings = CallScanner.Findings()
        for start in stride(from: 0, to: text.count, by: pieces) {
            scanner.append(text[start..<min(start + pieces, text.count)], to: &findings)
        }
        scanner.finish(isCut: isCut, to: &findings)
        return (.init(text, findings), findings.isText)
    }

    @Test(arguments: ToolSamples.wellFormed + ToolSamples.others)
    func wire_36_findsCallsWhateverThePieces(sample: ToolSamples.Sample) throws {
        let bytes = Array(sample.text.utf8)
        for pieces in 1...max(1, bytes.count) {
            let (reading, isText) = read(bytes, try rules(sample.format), pieces: pieces)
            #expect(reading == sample.reading, "in pieces of \(pieces)")
            #expect(isText.count == bytes.count, "every byte is text or call")
        }
    }

    @Test(arguments: ToolSamples.wellFormed)
    func wire_32_argumentsAreJSONHoweverTheAnswerEnds(sample: ToolSamples.Sample) throws {
        let bytes = Array(sample.text.utf8)
        for end in 0...bytes.count {
            let (reading, isText) = read(Array(bytes[..<end]), try rules(sample.format), pieces: 7)
            for index in stride(from: 1, to: reading.calls.count, by: 2) {
                let arguments = try JSONParser.parse(reading.calls[index], limits: .request)
                #expect(arguments.objectValue != nil)
            }
            #expect(isText.count == end)
        }
    }

    @Test(arguments: ToolSamples.wellFormed)
    func wire_25_cutAnswersLeakNoMarkupBehindAnOpening(sample: ToolSamples.Sample) throws {
        guard sample.format == .hermes, sample.text.hasPrefix("<tool_call>") else { return }
        let bytes = Array(sample.text.utf8)
        for end in "<tool_call>".utf8.count..<bytes.count {
            let (reading, _) = read(Array(bytes[..<end]), try rules(sample.format), pieces: 3, isCut: true)
            #expect(reading.content.isEmpty || " Done.".hasPrefix(reading.content))
        }
    }

    @Test(arguments: ToolSamples.wellFormed)
    func f3_cutAnswersLeakNoMarkupBehindACall(sample: ToolSamples.Sample) throws {
        guard sample.format == .hermes, sample.text.hasPrefix("<tool_call>") else { return }
        let bytes = Array((sample.text + "\n").utf8)
        let next = Array("<tool_call>".utf8)
        for end in 0..<next.count {
            let (reading, _) = read(bytes + next[..<end], try rules(sample.format), pieces: 3, isCut: true)
            #expect(reading.calls == sample.reading.calls)
            if sample.reading.content.isEmpty { #expect(reading.content.isEmpty) }
        }
    }

    @Test func wire_35_stopsBehindTheLastCallAllowed() throws {
        let text =
            "<tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call><tool_call>{\"name\": \"now\"}</tool_call>"
        let (reading, isText) = read(Array(text.utf8), try rules(.hermes, mostCalls: 1), pieces: 1)
        #expect(reading == .init("", ["now", "{}"]))
        #expect(isText.count == "<tool_call>{\"name\": \"now\", \"arguments\": {}".utf8.count)
    }

    @Test func anAnswerThatHasToCallDoesNotCallTheSameAgain() throws {
        let rules = CallScanner.Rules(
            format: .hermes, functions: CallableFunctions(try ToolSamples.options().callable), mostCalls: 128,
            isForced: true, isNamed: false)
        func call(_ city: String) -> String {
            "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"\(city)\"}}</tool_call>\n"
        }
        let text = Array((call("Oslo") + call("Orly") + call("Oslo") + call("Rome")).utf8)
        for pieces in [1, 7, text.count] {
            let (reading, _) = read(text, rules, pieces: pieces)
            #expect(
                reading == .init("", ["get_weather", #"{"city": "Oslo"}"#, "get_weather", #"{"city": "Orly"}"#]))
        }
    }

    /// Nothing is lost, doubled or invented, whatever the text: pieces of markup in random order.
    @Test(arguments: ToolFormat.allCases)
    func wire_36_hostileTextsKeepEveryByte(format: ToolFormat) throws {
        let words = [
            "<tool_call>", "</tool_call>", "{", "}", "\"name\"", ": ", "\"now\"", "\"arguments\"", "\n", ",", "[", "]",
            "[TOOL_CALLS]", "[ARGS]", "now", "(", ")", "city=", "'x'", "\"", "\\", "\\ud800", "<function=now>", ";",
            "</function>", "<parameter=city>", "</parameter>", ">>>", "all\n", "<|python_tag|>", "é😀", "1", "-", "null",
            "<|tool_call_start|>", "<|tool_call_end|>", "{\"name\": \"now\", \"arguments\": {", " ", "<TOOLCALL>",
            "</TOOLCALL>", "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "function", "<｜tool▁sep｜>", "```", "json",
            "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>", "<tools>", "</tools>", "<parameter=days>", "'name'", "True",
            "{\"name\": \"now\", \"arguments\": {}}", "\n</parameter>\n", "\n</function>\n", ")",
        ].map { Array($0.utf8) }
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let rules = try rules(format)
        for _ in 0..<400 {
            let text = (0...draw(24)).flatMap { _ in words[draw(words.count)] }
            let whole = read(text, rules, pieces: text.count)
            #expect(whole.isText.count == text.count)
            #expect(read(text, rules, pieces: 1).reading == whole.reading)
            #expect(read(text, rules, pieces: 1 + draw(9)).isText == whole.isText)
            for index in stride(from: 1, to: whole.reading.calls.count, by: 2) {
                let arguments = try? JSONParser.parse(whole.reading.calls[index], limits: .request)
                let repeats = whole.reading.calls[index].split(separator: "\"").count > 3
                #expect(arguments?.objectValue != nil || repeats, "\(whole.reading.calls[index])")
            }
        }
    }

    @Test func holdsBackNoMoreThanItMust() throws {
        var scanner = CallScanner(try rules(.hermes))
        var findings = CallScanner.Findings()
        scanner.append("a < b <tool".utf8, to: &findings)
        #expect(findings.isText.count == "a < b".utf8.count, "the blank may belong to the markup")
        scanner.append("t".utf8, to: &findings)
        #expect(findings.isText.count == "a < b <toolt".utf8.count)
        scanner.append("<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"b".utf8, to: &findings)
        #expect(scanner.heldBytes == 0, "arguments come out as they are generated")
        #expect(findings.events.map(\.event).contains(.arguments(Array("b".utf8))))
    }

    @Test func endsArgumentsThatHaveNoEnd() throws {
        var scanner = CallScanner(try rules(.hermes))
        var findings = CallScanner.Findings()
        scanner.append("<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"".utf8, to: &findings)
        for _ in 0..<300 { scanner.append([UInt8](repeating: 0x61, count: 4096), to: &findings) }
        #expect(scanner.malformedCount == 1 && scanner.callCount == 0)
        #expect(findings.isText.last == true)
    }
}
