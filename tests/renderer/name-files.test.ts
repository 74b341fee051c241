import { describe, expect, it } from 'vitest'
import { listedNames, namesIn, namesInFile } from '../../src/renderer/state/name-files.ts'

describe('names', () => {
  it('are the lines, without blanks and repetitions, whatever ends a line', () => {
    expect(namesIn(' Mara Ellin \r\n\r\nTeod Varr\rMara Ellin\n')).toEqual(['Mara Ellin', 'Teod Varr'])
  })

  it('of a plain file keep their commas', () => {
    expect(namesInFile('people.txt', 'Ellin, Mara\nVarr, Teod')?.names).toEqual(['Ellin, Mara', 'Varr, Teod'])
  })

  it('of a table are its name column, quotes and line breaks and all', () => {
    const table = '\uFEFFborn,Name\n1801,"Ellin, ""the Elder"", Mara"\n,\n1802,Teod Varr\n'
    expect(namesInFile('people.CSV', table)).toEqual({
      names: ['Ellin, "the Elder", Mara', 'Teod Varr'],
      from: 'the column “Name”'
    })
  })

  it('of a table with semicolons or tabs are found too', () => {
    expect(namesInFile('a.csv', 'full name;born\nMara Ellin;1801')?.names).toEqual(['Mara Ellin'])
    expect(namesInFile('a.tsv', 'born\tperson\n1801\tMara Ellin')?.names).toEqual(['Mara Ellin'])
  })

  it('of a table with one column and no title are all its cells', () => {
    expect(namesInFile('a.csv', 'Mara Ellin\nTeod Varr')?.names).toEqual(['Mara Ellin', 'Teod Varr'])
  })

  it('are not guessed where no column is called a name', () => {
    expect(namesInFile('a.csv', 'id,born\n1,1801')).toBeNull()
  })
})

it('a list of names is told from a text', () => {
  expect(listedNames('a.txt', 'Ann Lee\nBo Sten\n')).toEqual(['Ann Lee', 'Bo Sten'])
  expect(listedNames('a.csv', 'name\nAnn Lee\nBo Sten\n')).toEqual(['Ann Lee', 'Bo Sten'])
  for (const text of ['Ann was a weaver.\nShe ran.', 'Ann Lee', 'ann\nbo', `Ann\n${'A'.repeat(81)}`])
    expect(listedNames('a.txt', text)).toEqual([])
})
