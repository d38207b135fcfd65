import Foundation
import Testing

/// Nobody who fails to read the log can stop the server.
@Suite struct UnreadLogTests {
    @Test func d4_aPipeThatNobodyReadsStopsNeitherAnswersNorTheEnd() throws {
        let server = try ServerProcess(readsLog: false)
        let client = try server.connect()
        // 5,000 lines and more are several times what the pipe and the queue hold.
        for _ in 0..<50 {
            for _ in 0..<100 {
                try client.send("GET", "/health", fields: ["x-request-id: \(String(repeating: "r", count: 60))"])
            }
            for _ in 0..<100 { #expect(try client.readReply().status == 200) }
        }
        let metrics = try server.reply("GET", "/metrics").body
        let dropped = metrics.firstMatch(of: /michat_log_lines_dropped_total (\d+)/).flatMap { Int($0.1) }
        #expect(dropped.map { $0 > 0 } ?? false)
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
    }

    @Test func logsForProgramsAreJSONFromTheFirstLine() throws {
        let server = try ServerProcess(["--log.format", "json"])
        #expect(try server.reply("GET", "/health").status == 200)
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
        let lines = server.log.split(separator: "\n").filter { !$0.isEmpty }
        #expect(lines.count >= 5)
        for line in lines {
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["msg"] is String, "\(line)")
            if object?["msg"] as? String == "request" {
                #expect(object?["status"] as? Int == 200 && object?["ms"] is NSNumber)
            }
        }
    }
}
