import ArgumentParser
import Conformance
import HTTPClient
import Platform

/// Whether a server keeps to the interface that OpenAI's clients expect.
struct Conform: Command {
    static let configuration = CommandConfiguration(
        abstract: "Test a server against 65 statements about OpenAI's interface.",
        discussion: """
            Works with every server that claims to be compatible. Each statement passes, fails with what was seen, or \
            cannot be judged, with the reason. Exit 0 only if none failed.

            A run sends a few hundred small requests and takes from half a minute with a small model to many minutes with a \
            large one; --only judges less. Statement 59 needs --overload: it opens up to 384 streams at once, which nobody \
            does to a server that others are using.

            Examples:
              michat conform --url http://127.0.0.1:8080
              michat conform --url http://127.0.0.1:8000/v1 --api-key KEY --json
              michat conform --url http://127.0.0.1:8080 --only 14,15
              michat conform --url http://127.0.0.1:8080 --api-key KEY --overload
            """)

    @Option(help: "The server's address, with or without /v1.")
    var url = "http://127.0.0.1:8080"

    @Option(help: "The key that opens it.")
    var apiKey: String?

    @Option(help: "The model to ask; without it the first that the server lists.")
    var model: String?

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Option(help: "Numbers of statements, separated by commas.")
    var only: String?

    @Flag(help: "Judge statement 59 as well: open up to 384 streams at once.")
    var overload = false

    @Option(help: "Seconds to wait for the end of one answer.")
    var timeout = 60

    @Flag(help: "Print the list of statements as a Markdown table, and judge nothing.")
    var list = false

    func run() throws {
        try reporting {
            if list { return Terminal.write(ConformReport.manual) }
            guard (1...3600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds") }
            let statements = try chosen()
            let client = try HTTPClient(url: url, key: apiKey)
            do {
                try client.checkThatSomebodyListens(timeoutSeconds: timeout)
            } catch {
                throw CommandFailure("no server answers at \(error)")
            }
            let probe = Probe(
                client: client, model: model, timeoutSeconds: Double(timeout), mayOverload: overload)
            let report = ConformReport(statements, probe: probe) { row in
                if !json { Terminal.print(ConformReport.text(row)) }
            }
            Terminal.print(json ? report.json : report.summary)
            guard report.count(.fail) == 0 else { throw ExitCode(1) }
        }
    }

    private func chosen() throws -> [Statement] {
        guard let only else { return Statement.all }
        var numbers: Set<Int> = []
        for word in only.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int(word.filter { $0 != " " }), Statement.all.contains(where: { $0.number == number })
            else { throw ValidationError("--only takes numbers from 1 to 65, separated by commas") }
            numbers.insert(number)
        }
        return Statement.all.filter { numbers.contains($0.number) }
    }
}
