import JSON
import Platform

/// The outcome of every statement.
package struct ConformReport {
    /// One row.
    package struct Row {
        /// How a statement fared.
        package enum Status: String { case pass, fail, skip }

        /// The statement's number.
        package let number: Int
        /// What the statement is about.
        package let title: String
        /// How it fared.
        package let status: Status
        /// What was seen, in one line.
        package let seen: String
    }

    /// The rows, by number.
    package private(set) var rows: [Row] = []

    /// Judges every statement in turn, those that look back last; `onRow` sees each at once.
    package init(_ statements: [Statement], probe: Probe, onRow: (Row) -> Void) {
        for statement in statements.filter({ !$0.isLast }) + statements.filter(\.isLast) {
            let row = Self.judge(statement, probe)
            onRow(row)
            rows.append(row)
        }
        rows.sort { $0.number < $1.number }
    }

    private static func judge(_ statement: Statement, _ probe: Probe) -> Row {
        func row(_ status: Row.Status, _ seen: String) -> Row {
            Row(number: statement.number, title: statement.title, status: status, seen: Self.line(seen))
        }
        do throws(ConformanceError) {
            return row(.pass, try statement.check(probe))
        } catch {
            switch error {
            case .violation(let seen): return row(.fail, seen)
            case .notApplicable where probe.silences > 2: return row(.fail, "the server says nothing at all")
            case .notApplicable(let why): return row(.skip, why)
            }
        }
    }

    /// How many rows have this status.
    package func count(_ status: Row.Status) -> Int { rows.count { $0.status == status } }

    /// One line of a table, whatever a server has put into it.
    private static func line(_ text: String) -> String {
        let harmless = Terminal.harmless(text).split(whereSeparator: \.isNewline).joined(separator: "⏎")
        return harmless.count > 160 ? String(harmless.prefix(159)) + "…" : harmless
    }

    /// A row for people.
    package static func text(_ row: Row) -> String {
        let number = String(repeating: " ", count: row.number < 10 ? 1 : 0) + "\(row.number)"
        let status = row.status == .skip ? "n/a " : row.status.rawValue
        let title = row.title + String(repeating: " ", count: max(0, 58 - row.title.count))
        return "\(number)  \(status)  \(title)  \(row.seen)"
    }

    /// The last line for people.
    package var summary: String {
        "\(count(.pass)) of \(rows.count) statements hold, \(count(.fail)) fail, \(count(.skip)) cannot be judged here."
    }

    /// The report for programs.
    package var json: String {
        let results = rows.map { row in
            JSONValue.object([
                "number": .int(Int64(row.number)), "status": .string(row.status.rawValue), "seen": .string(row.seen),
            ])
        }
        return JSONValue.object([
            "passed": .int(Int64(count(.pass))), "failed": .int(Int64(count(.fail))),
            "skipped": .int(Int64(count(.skip))), "results": .array(results),
        ]).serialized()
    }

    /// The statements as a table of the manual.
    package static var manual: String {
        var text = "| Number | What is judged |\n|--:|---|\n"
        for statement in Statement.all { text += "| \(statement.number) | \(statement.title) |\n" }
        return text
    }
}
