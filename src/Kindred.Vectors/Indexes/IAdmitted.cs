namespace Kindred.Vectors.Indexes;

/// <summary>Which nodes may be hits; a structure, so that the test is compiled into the loop.</summary>
internal interface IAdmitted
{
    bool Admits(int node);
}
