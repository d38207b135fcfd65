internal import Platform

/// Looks at rows of a tensor, on whichever thread of the pool comes to them.
package protocol RowVisitor: AnyObject, Sendable {
    /// Takes the row that stands at `index` of those that are visited.
    func visit(_ index: Int, _ row: Span<Float>)
}

/// What the pool hands to each part: who visits, and where the rows are.
@unsafe private struct RowVisit {
    let visitor: any RowVisitor
    let rows: [Int]
    let values: UnsafePointer<Float>
    let stride: Int
    let columns: Int
}

extension Compute {
    /// Shows these rows to `visitor`, each once, several at the same time; returns when it has seen them all.
    ///
    /// Nothing may write to the tensor meanwhile. Allocates nothing.
    package func visit(_ rows: [Int], of tensor: Tensor, by visitor: any RowVisitor) {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < tensor.rows }, "row outside the tensor")
        var visit = unsafe RowVisit(
            visitor: visitor, rows: rows, values: UnsafePointer(tensor.values), stride: tensor.stride,
            columns: tensor.columns)
        unsafe withUnsafeMutablePointer(to: &visit) { context in
            unsafe pool.run(
                { raw, part in
                    guard let visit = unsafe raw?.assumingMemoryBound(to: RowVisit.self) else { return }
                    let start = unsafe visit.pointee.values + visit.pointee.rows[part] * visit.pointee.stride
                    let row = unsafe Span(_unsafeStart: start, count: visit.pointee.columns)
                    unsafe visit.pointee.visitor.visit(part, row)
                }, context: context, parts: rows.count)
        }
    }
}
