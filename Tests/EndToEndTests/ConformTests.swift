import Foundation
import Testing

/// Each statement about the wire: it holds for this server, and the command sees when it does not hold for another.
@Suite(.serialized) struct ConformTests {
    @Test func wire_01_headers() throws { try Conformance.judge(1) }
    @Test func wire_02_framesOfEvents() throws { try Conformance.judge(2) }
    @Test func wire_03_oneClosingMark() throws { try Conformance.judge(3) }
    @Test func wire_04_otherProtocols() throws { try Conformance.judge(4) }
    @Test func wire_05_keepAlives() throws { try Conformance.judge(5) }
    @Test func wire_06_commentsOnlyWhileWaiting() throws { try Conformance.judge(6) }
    @Test func wire_07_flushing() throws { try Conformance.judge(7) }
    @Test func wire_08_bodies() throws { try Conformance.judge(8) }
    @Test func wire_09_optionsAndHead() throws { try Conformance.judge(9) }
    @Test func wire_10_requestIDs() throws { try Conformance.judge(10) }
    @Test func wire_11_streamNull() throws { try Conformance.judge(11) }
    @Test func wire_12_objects() throws { try Conformance.judge(12) }
    @Test func wire_13_identities() throws { try Conformance.judge(13) }
    @Test func wire_14_roles() throws { try Conformance.judge(14) }
    @Test func wire_15_deltasJoin() throws { try Conformance.judge(15) }
    @Test func wire_16_finishingChunks() throws { try Conformance.judge(16) }
    @Test func wire_17_severalChoices() throws { try Conformance.judge(17) }
    @Test func wire_18_lengthOfChoices() throws { try Conformance.judge(18) }
    @Test func wire_19_noEmptyChunks() throws { try Conformance.judge(19) }
    @Test func wire_20_streamedUsage() throws { try Conformance.judge(20) }
    @Test func wire_21_streamOptionsAlone() throws { try Conformance.judge(21) }
    @Test func wire_22_sums() throws { try Conformance.judge(22) }
    @Test func wire_23_detailsOfUsage() throws { try Conformance.judge(23) }
    @Test func wire_24_finishReasons() throws { try Conformance.judge(24) }
    @Test func wire_25_endingsOfCalls() throws { try Conformance.judge(25) }
    @Test func wire_26_stopTexts() throws { try Conformance.judge(26) }
    @Test func wire_27_endOfTheContext() throws { try Conformance.judge(27) }
    @Test func wire_28_messages() throws { try Conformance.judge(28) }
    @Test func wire_29_formsOfContent() throws { try Conformance.judge(29) }
    @Test func wire_30_developer() throws { try Conformance.judge(30) }
    @Test func wire_31_toolMessages() throws { try Conformance.judge(31) }
    @Test func wire_32_calls() throws { try Conformance.judge(32) }
    @Test func wire_33_fragmentsOfCalls() throws { try Conformance.judge(33) }
    @Test func wire_34_toolChoice() throws { try Conformance.judge(34) }
    @Test func wire_35_parallelAndStrict() throws { try Conformance.judge(35) }
    @Test func wire_36_noMarkup() throws { try Conformance.judge(36) }
    @Test func wire_37_thinkingApart() throws { try Conformance.judge(37) }
    @Test func wire_38_thinkingFirst() throws { try Conformance.judge(38) }
    @Test func wire_39_openBlocks() throws { try Conformance.judge(39) }
    @Test func wire_40_schemasBehindThinking() throws { try Conformance.judge(40) }
    @Test func wire_41_controlOfThinking() throws { try Conformance.judge(41) }
    @Test func wire_42_responseFormat() throws { try Conformance.judge(42) }
    @Test func wire_43_schemas() throws { try Conformance.judge(43) }
    @Test func wire_44_dialects() throws { try Conformance.judge(44) }
    @Test func wire_45_logprobs() throws { try Conformance.judge(45) }
    @Test func wire_46_entries() throws { try Conformance.judge(46) }
    @Test func wire_47_bytesJoin() throws { try Conformance.judge(47) }
    @Test func wire_48_logprobsEverywhere() throws { try Conformance.judge(48) }
    @Test func wire_49_newerLimitWins() throws { try Conformance.judge(49) }
    @Test func wire_50_ranges() throws { try Conformance.judge(50) }
    @Test func wire_51_types() throws { try Conformance.judge(51) }
    @Test func wire_52_unknownFields() throws { try Conformance.judge(52) }
    @Test func wire_53_sameBytes() throws { try Conformance.judge(53) }
    @Test func wire_54_biases() throws { try Conformance.judge(54) }
    @Test func wire_55_extensions() throws { try Conformance.judge(55) }
    @Test func wire_56_errorBodies() throws { try Conformance.judge(56) }
    @Test func wire_57_statuses() throws { try Conformance.judge(57) }
    @Test func wire_58_tooLongPrompts() throws { try Conformance.judge(58) }
    @Test func wire_59_overload() throws { try Conformance.judge(59) }
    @Test func wire_60_failingStreams() throws { try Conformance.judge(60) }
    @Test func wire_61_keys() throws { try Conformance.judge(61) }
    @Test func wire_62_models() throws { try Conformance.judge(62) }
    @Test func wire_63_completions() throws { try Conformance.judge(63) }
    @Test func wire_64_textTools() throws { try Conformance.judge(64) }
    @Test func wire_65_operations() throws { try Conformance.judge(65) }

    @Test(arguments: [
        "closes", "garbage", "half_an_answer", "endless_head", "bad_chunks", "silent", "endless_body",
    ])
    func whatIsNoServerFailsEverythingAtOnce(fault: String) throws {
        let numbers: Set = [1, 3, 14, 26, 45, 47, 57, 63, 65]
        let verdicts = try Conformance.shared.get().run(numbers, fault: fault, timeoutSeconds: 2)
        #expect(verdicts.numbers("fail").count == 9, "\(verdicts.seen)")
        #expect(verdicts.code == 1)
    }

    @Test func theRelayAloneSpoilsNothing() throws {
        let verdicts = try Conformance.shared.get().run(Set(1...65), fault: "none")
        #expect(verdicts.numbers("fail") == [], "\(verdicts.seen)")
        #expect(verdicts.numbers("skip") == Conformance.unjudged)
        #expect(verdicts.code == 0)
    }

    @Test func theManualListsTheStatementsOfToday() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/michat/michat.docc/Conformance.md")
        let list: String = try CommandRun(["conform", "--list"]).output
        #expect(list.utf8.count { $0 == 10 } == 67)
        let page = try String(contentsOf: path, encoding: .utf8)
        let shown = "<!-- statements -->\n" + list + "<!-- /statements -->\n"
        #expect(page.contains(shown))
    }

    @Test func firstHour_aServerThatIsNotThereIsOneLine() throws {
        let run = try CommandRun(["conform", "--url", "http://127.0.0.1:1", "--json"])
        #expect(run.output.isEmpty && run.code == 1)
        #expect(run.errors == "Error: no server answers at 127.0.0.1:1: connect: Connection refused\n")
    }

    @Test func firstHour_nobodyIsFloodedUnasked() throws {
        let server = try ServerProcess()
        let run = try CommandRun(["conform", "--url", "http://127.0.0.1:\(server.port ?? 0)", "--only", "59"])
        #expect(run.code == 0 && run.output.contains("n/a") && run.output.contains("--overload"), "\(run.output)")
        server.signal(SIGTERM)
        _ = server.exitCode()
        #expect(!server.log.contains("route=/v1/chat/completions"))
    }

    @Test func wrongCallsAreRefused() throws {
        for arguments in [["--only", "66"], ["--only", "1,x"], ["--timeout", "0"], ["--url", "ftp://x"]] {
            #expect(try CommandRun(["conform"] + arguments).code != 0)
        }
    }
}
