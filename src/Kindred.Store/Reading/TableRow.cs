namespace Kindred.Store.Reading;

/// <summary>One row of a table.</summary>
/// <param name="Number">From 1, the header not counted.</param>
/// <param name="Line">The line it starts on, from 1.</param>
/// <param name="Values">A value a column, in the order of <see cref="TableReader.Columns"/>; "" where the row has none.</param>
public sealed record TableRow(long Number, long Line, IReadOnlyList<string> Values);
