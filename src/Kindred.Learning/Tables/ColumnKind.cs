namespace Kindred.Learning.Tables;

/// <summary>What a column of a table holds.</summary>
public enum ColumnKind
{
    /// <summary>Numbers that differ.</summary>
    Number,

    /// <summary>Names of a few kinds.</summary>
    Category,

    /// <summary>One number in all rows; another one later on is a surprise.</summary>
    Constant,

    /// <summary>Nothing to learn from: empty, a row number, or a name that each row has for itself.</summary>
    Ignored,
}
