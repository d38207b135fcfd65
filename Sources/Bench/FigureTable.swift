package import JSON

/// Figures in rows and columns, for people or as JSON.
package struct FigureTable {
    /// One cell.
    package enum Figure {
        case text(String)
        /// Text with a mark before it that only people see.
        case marked(String, mark: String)
        case count(Int)
        /// A number, shown with so many decimals.
        case number(Double, decimals: Int)
        /// A part of something, shown in percent.
        case share(Double)
        /// Seconds with the whole that they are a part of, shown as milliseconds and percent.
        case time(seconds: Double, of: Double)
        case none

        /// As it is printed.
        package var shown: String {
            switch self {
            case .text(let text): text
            case .marked(let text, let mark): mark + text
            case .count(let count): String(count)
            case .number(let value, let decimals): Self.fixed(value, decimals)
            case .share(let value): Self.fixed(value * 100, value < 0.0995 ? 1 : 0) + " %"
            case .time(let seconds, let whole):
                Self.fixed(seconds * 1000, 3) + Self.right(Self.fixed(seconds / whole * 100, 0), 4) + " %"
            case .none: "-"
            }
        }

        /// As it stands in JSON; a share is a fraction of 1.
        package var json: JSONValue {
            switch self {
            case .text(let text), .marked(let text, _): .string(text)
            case .count(let count): .int(Int64(count))
            case .number(let value, _), .share(let value), .time(let value, _): value.isFinite ? .double(value) : .null
            case .none: .null
            }
        }

        private static func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }

        private static func fixed(_ value: Double, _ decimals: Int) -> String {
            guard value.isFinite, abs(value) < 1e15 else { return "-" }
            let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
            let units = Int((abs(value) * Double(scale)).rounded())
            let sign = value < 0 && units > 0 ? "-" : ""
            guard decimals > 0 else { return sign + String(units) }
            let fraction = String(units % scale)
            return sign + "\(units / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
        }
    }

    /// A column: its key in JSON, and what stands above it.
    struct Column {
        let key: String
        let title: String
    }

    /// The columns, in order.
    let columns: [Column]
    /// The rows, as long as the columns.
    private(set) var rows: [[Figure]] = []

    /// An empty table.
    package init(_ columns: [(key: String, title: String)]) {
        self.columns = columns.map { Column(key: $0.key, title: $0.title) }
    }

    /// Adds a row.
    package mutating func add(_ row: [Figure]) {
        precondition(row.count == columns.count, "a row has a figure for every column")
        rows.append(row)
    }

    /// Columns of a table whose rows are printed before all of them are known: wide enough for what is usual.
    private static let streamedWidth = 8

    /// The line above the columns, for a table that is printed row by row.
    package var headLine: String { streamed(columns.map(\.title)) }

    /// One row of such a table.
    package func line(of row: [Figure]) -> String { streamed(row.map(\.shown)) }

    private func streamed(_ cells: [String]) -> String {
        let padded = cells.indices.map { column in
            let width = max(columns[column].title.count, Self.streamedWidth)
            let blanks = String(repeating: " ", count: max(0, width - cells[column].count))
            return column == 0 ? cells[column] + blanks : blanks + cells[column]
        }
        return padded.joined(separator: "  ")
    }

    /// Head and rows, text to the left and figures to the right.
    package var lines: [String] {
        let cells = [columns.map(\.title)] + rows.map { $0.map(\.shown) }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return isText(column) ? row[column] + blanks : blanks + row[column]
            }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    /// One object for every row.
    package var json: JSONValue {
        .array(
            rows.map { row in
                var object = JSONObject()
                for (column, figure) in zip(columns, row) { object[column.key] = figure.json }
                return .object(object)
            })
    }

    private func isText(_ column: Int) -> Bool {
        rows.contains { row in
            switch row[column] {
            case .text, .marked: true
            default: false
            }
        }
    }
}
