import Grammar
import JSON
import OpenAI
import Service
import Testing
import Tokenization

/// Calls that are not quite as they should be, whatever the pieces in which they come.
@Suite struct UntidyCallTests {
    private func rules(_ format: ToolFormat) throws -> CallScanner.Rules {
        CallScanner.Rules(
            format: format, functions: try UntidyCalls.functions(), mostCalls: 128, isForced: false, isNamed: false)
    }

    /// What a text comes to, cut behind each of these bytes.
    private func read(_ text: [UInt8], _ rules: CallScanner.Rules, cuts: Set<Int>) -> ToolSamples.Reading {
        var scanner = CallScanner(rules)
        var findings = CallScanner.Findings()
        var piece: [UInt8] = []
        for (index, byte) in text.enumerated() {
            piece.append(byte)
            guard cuts.contains(index) else { continue }
            scanner.append(piece, to: &findings)
            piece = []
        }
        scanner.append(piece, to: &findings)
        scanner.finish(isCut: false, to: &findings)
        #expect(findings.isText.count == text.count)
        return .init(text, findings)
    }

    private func expect(_ samples: [ToolSamples.Sample], _ own: CallScanner.Rules? = nil) throws {
        var random = SplitMix(state: 11)
        for sample in samples {
            let bytes = Array(sample.text.utf8)
            let rules = try own ?? rules(sample.format)
            #expect(read(bytes, rules, cuts: []) == sample.reading, "\(sample)")
            #expect(read(bytes, rules, cuts: Set(bytes.indices)) == sample.reading, "\(sample) byte by byte")
            for cut in bytes.indices {
                let others = (0..<random.below(4)).map { _ in random.below(bytes.count) }
                #expect(read(bytes, rules, cuts: Set(others + [cut])) == sample.reading, "\(sample) cut at \(cut)")
            }
        }
    }

    @Test func f1_valuesEndWhereTheyAreMeantToEnd() throws { try expect(UntidyCalls.ends) }

    @Test func f2_f10_valuesHaveTheTypesOfTheSchema() throws { try expect(UntidyCalls.types) }

    @Test func f3_markupRightBehindACallIsNoText() throws { try expect(UntidyCalls.leftovers) }

    @Test func f4_quotationMarksInsideStrings() throws { try expect(UntidyCalls.quotes) }

    @Test func f4_stringsEndWhereTheTextGoesOnAsJSON() throws { try expect(StringEndCalls.marks) }

    @Test func f3_f4_bracketsAndCommasThatAreMissing() throws { try expect(StringEndCalls.missing) }

    @Test func f4_noCallOfHalfItsArguments() throws { try expect(StringEndCalls.broken) }

    @Test(arguments: SchemaCalls.all)
    func f1_f2_f10_schemasSayTypesInEveryWay(schema: SchemaCalls) throws {
        let rules = try schema.rules()
        try expect([schema.sample], rules)
        let isListed = schema.schema.contains(##""properties": {"t""##)
        if isListed { try expect([schema.unclosed], rules) }
    }

    /// A call that was announced and breaks: its text follows, its arguments stay incomplete, and it counts for nothing.
    @Test(arguments: StringEndCalls.broken.filter { $0.format == .hermes && $0.reading.calls.isEmpty })
    func f4_anAnnouncedCallThatBreaksIsText(sample: ToolSamples.Sample) async throws {
        let answer = try await ToolCallingTests.answer(sample.text, template: "hermes", tools: UntidyCalls.tools)
        #expect(answer.content == sample.text && answer.choice?["finish_reason"] == "stop")
        #expect(answer.choice?["message"]?["tool_calls"] == nil)
        answer.expectEqualForms()
        let arguments = answer.chunks.compactMap {
            $0["choices"]?[0]?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"]?.stringValue
        }.joined()
        #expect((try? JSONParser.parse(arguments, limits: .request)) == nil)
    }

    /// Marks of which none ends a string cost no more than the bounded look-ahead, and hold back no more.
    @Test func f4_theLookAheadIsBounded() throws {
        var scanner = CallScanner(try rules(.hermes))
        var findings = CallScanner.Findings()
        scanner.append(#"<tool_call>{"name": "write", "arguments": {"text": "x", "unit": ""#.utf8, to: &findings)
        for _ in 0..<5 { scanner.append([UInt8](repeating: 0x78, count: 1024), to: &findings) }
        #expect(scanner.heldBytes == 0, "a key that the schema does not list")
        scanner.append(#"", "text2": "a"#.utf8, to: &findings)
        for _ in 0..<20000 { scanner.append(#"", "b" c "#.utf8, to: &findings) }
        #expect(scanner.heldBytes < 4096)
    }

    @Test func f9_callsOutsideTheMarkup() throws { try expect(UntidyCalls.bare) }

    /// Samples and texts around them in random order, in one piece, byte by byte and in random pieces.
    @Test(arguments: ToolFormat.allCases)
    func f1_to_f10_piecesNeverMatter(format: ToolFormat) throws {
        var random = SplitMix(state: 5)
        let samples = (UntidyCalls.all + StringEndCalls.all + ToolSamples.wellFormed + ToolSamples.others).filter {
            $0.format == format
        }
        let between = [
            "", " ", "\n", "Sure.", "}", "</tool_call>", "</function>", "</parameter>", "é", "<", "\n\n", "```",
        ]
        let rules = try rules(format)
        for _ in 0..<300 {
            var text: [UInt8] = []
            for _ in 0...random.below(3) {
                text += Array(between[random.below(between.count)].utf8)
                let sample = Array(samples[random.below(samples.count)].text.utf8)
                let start = random.below(3) == 0 ? random.below(sample.count) : 0
                let end = random.below(3) == 0 ? start + random.below(sample.count - start) : sample.count
                text += sample[start..<end]
            }
            text += Array(between[random.below(between.count)].utf8)
            let whole = read(text, rules, cuts: [])
            #expect(read(text, rules, cuts: Set(text.indices)) == whole, "\(String(decoding: text, as: UTF8.self))")
            let cuts = Set((0..<6).map { _ in random.below(text.count) })
            #expect(read(text, rules, cuts: cuts) == whole, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    /// A long value that may have ended is held back for a while only, and long answers cost no more than their length.
    @Test func f1_whatMayBeAnEndIsHeldWithinBounds() throws {
        var scanner = CallScanner(try rules(.xml))
        var findings = CallScanner.Findings()
        scanner.append(
            "<tool_call>\n<function=write>\n<parameter=text>\na\n</function>\n</tool_call>\n".utf8, to: &findings)
        for _ in 0..<5 { scanner.append([UInt8](repeating: 0x78, count: 4096), to: &findings) }
        #expect(scanner.callCount == 1 && scanner.heldBytes == 0)
        var bare = CallScanner(try rules(.hermes))
        var text = CallScanner.Findings()
        bare.append(#"{"name": "write", "arguments": {"text": ""#.utf8, to: &text)
        for _ in 0..<300 { bare.append([UInt8](repeating: 0x78, count: 4096), to: &text) }
        #expect(bare.heldBytes == 0 && text.isText.count > 1 << 20 && !text.isText.contains(false))
    }

    // MARK: Calls at the end of thinking

    private static let call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"

    @Test(arguments: ["", "\n", "\n\n"])
    func f5_aCallAtTheEndOfAnOpenThoughtIsMade(end: String) async throws {
        let answer = try await ThinkingTemplate.opensTheBlock.answer(
            "I call it.\n" + Self.call + "\n" + Self.call + end, ToolSamples.members)
        #expect(answer.reasoning == "I call it.")
        #expect(answer.choice?["message"]?["content"]?.isNull == true)
        #expect(answer.choice?["message"]?["tool_calls"]?.arrayValue?.count == 2)
        #expect(answer.choice?["finish_reason"] == "tool_calls")
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test func f5_noMoreCallsThanAreAllowed() async throws {
        let answer = try await ThinkingTemplate.modelOpensTheBlock.answer(
            "<think>\nI call it." + Self.call + Self.call, ToolSamples.members + #", "parallel_tool_calls": false"#)
        #expect(answer.reasoning == "I call it.")
        #expect(answer.choice?["message"]?["tool_calls"]?.arrayValue?.count == 1)
        try answer.expectSameCalls()
        answer.expectEqualForms()
    }

    @Test(arguments: [
        call + " Or not?", "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": ",
        "<tool_call>{\"name\": \"other\"}</tool_call>",
        call + "\n<tool_call>\n{\"name\": \"now\", \"arguments\": {\"a\" 1}}\n</tool_call>",
    ])
    func f5_otherThoughtsStayThoughts(thought: String) async throws {
        let answer = try await ThinkingTemplate.opensTheBlock.answer(thought, ToolSamples.members)
        #expect(answer.reasoning == thought)
        #expect(answer.choice?["message"]?["tool_calls"] == nil)
        answer.expectEqualForms()
    }

    @Test func f5_aThoughtThatIsCutMakesNoCall() async throws {
        let answer = try await ThinkingTemplate.opensTheBlock.answer(
            Self.call + "more", ToolSamples.members + ", \"max_tokens\": \(Self.call.utf8.count)")
        #expect(answer.choice?["finish_reason"] == "length" && answer.choice?["message"]?["tool_calls"] == nil)
        answer.expectEqualForms()
    }

    /// Thoughts, calls and tags in random order, taken at random moments: the parts join to the whole.
    @Test func f5_partsJoinToTheWhole() throws {
        var random = SplitMix(state: 3)
        let words = [
            "a", "\n", Self.call, Self.call, "<tool_call>", "{", "}", "</tool_call>", "</think>", "<think>", "\n\n",
            " ",
            "{\"name\": \"now\", \"arguments\": {\"a\" 1", "é",
        ]
        let options = try chatOptions("")
        let tokenizer = try ByteVocabulary.tokenizer(addBOS: false)
        for round in 0..<1500 {
            let isInside = random.below(3) > 0
            var rules = AnswerText.Rules(
                tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting,
                splitting: .init(isInside: isInside, recalls: false))
            rules.calls = CallScanner.Rules(
                format: .hermes, functions: try UntidyCalls.functions(), mostCalls: 1 + random.below(3),
                isForced: false,
                isNamed: false)
            let tokens = (0...random.below(6)).flatMap { _ in words[random.below(words.count)].utf8.map { Int32($0) } }
            var scanner = ThinkingScanner(isInside: isInside, awaitsLateClose: false)
            var whole = AnswerText(rules), parts = AnswerText(rules)
            var reasoning = "", content = "", events: [CallEvent] = []
            func add(_ delta: AnswerText.Delta?) {
                reasoning += delta?.reasoning ?? ""
                content += delta?.text ?? ""
                events += delta?.calls ?? []
            }
            for token in tokens {
                let tags = scanner.marks(in: tokenizer.bytes(of: token, rendersSpecial: true))
                whole.append(token, logprobs: nil, tags: tags)
                parts.append(token, logprobs: nil, tags: tags)
                if random.below(3) == 0 { add(parts.take()) }
            }
            let isCut = random.below(4) == 0
            whole.close(isCut: isCut)
            parts.close(isCut: isCut)
            add(parts.take())
            let all = whole.take()
            var one = CallNumbering(answer: "a", sequence: 0), other = one
            #expect(reasoning == all?.reasoning ?? "" && content == all?.text ?? "", "round \(round)")
            #expect(one.calls(of: events) == other.calls(of: all?.calls ?? []), "round \(round)")
        }
    }
}
